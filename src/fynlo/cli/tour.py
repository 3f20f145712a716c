"""The tour: a restaurant's day played through the public API, each step checked as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from rich.markup import escape

from fynlo.kernel.ids import uuid7
from fynlo.kernel.money import Money, currency
from fynlo.platform.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rich.console import Console

CLOCK: Final = SystemClock()
WAIT_SECONDS_MAX: Final = 20
CALL_SECONDS_MAX: Final = 30


class StepFailed(Exception):
    """What was promised did not happen."""


@dataclass
class Shop:
    """One person at one till: the HTTP calls, and what the day has come to so far."""

    http: aiohttp.ClientSession
    url: str
    sandbox_url: str | None
    token: str = ""
    register_id: str = ""
    drawer_id: str = ""
    opened_by_tour: bool = False
    products: dict[str, dict[str, Any]] = field(default_factory=dict)
    unit: str = "GBP"

    async def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Call the API; every POST carries a key, a new one unless `key` is given."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid7(CLOCK.now()))
        async with self.http.request(
            method, f"{self.url}/api/v1{path}", json=body, headers=headers
        ) as response:
            return response.status, await response.json(content_type=None)

    async def control(self, path: str, body: object) -> dict[str, Any]:
        """Move the world behind the provider; only the sandbox can do that."""
        assert self.sandbox_url is not None
        async with self.http.post(f"{self.sandbox_url}/_sandbox{path}", json=body) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
            return answer

    def money(self, minor: int) -> str:
        """Write an amount as the customer sees it."""
        return str(Money(minor, currency(self.unit)))

    async def order(self, *names: str, table: str | None = None) -> dict[str, Any]:
        """Take an order for one of each product, and validate it."""
        lines = [{"product_id": self.products[name]["id"], "quantity": 1} for name in names]
        body = {"register_id": self.register_id, "lines": lines}
        if table is not None:
            body["table"] = table
        status, order = await self.call("POST", "/orders", body)
        must(status == 201, f"the order was refused: {brief(order)}")
        status, order = await self.call("POST", f"/orders/{order['id']}/validate", {})
        must(status == 200 and order["state"] == "validated", f"not validated: {brief(order)}")
        return order

    async def pay(
        self, order: dict[str, Any], *payments: dict[str, Any], key: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Pay an order; answer the status and the transaction, whatever became of it."""
        body = {"order_id": order["id"], "payments": list(payments)}
        status, answer = await self.call("POST", "/transactions/process", body, key=key)
        must("transaction" in answer, f"the payment was refused: {brief(answer)}")
        return status, answer["transaction"]

    async def look(self, order: dict[str, Any]) -> dict[str, Any]:
        """Read an order again."""
        _, found = await self.call("GET", f"/orders/{order['id']}")
        return found


def brief(answer: dict[str, Any]) -> str:
    """Say in short what an answer says: why it was refused, or where the thing stands."""
    told = answer.get("transaction", answer)
    return str(answer.get("detail") or told.get("status") or told.get("state") or told)


def must(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like an assertion
    """Stop the tour when a promise does not hold."""
    if not holds:
        raise StepFailed(otherwise)


async def sign_in(shop: Shop) -> str:
    """Sign in as the demo shop's manager, and read the menu."""
    status, answer = await shop.call(
        "POST",
        "/auth/login",
        {"email": "manager@demo.fynlo.test", "password": "fynlo-demo"},
    )
    must(status == 200, f"sign-in was refused: {brief(answer)}")
    shop.token = answer["access_token"]
    _, registers = await shop.call("GET", "/registers")
    shop.register_id = registers["items"][0]["id"]
    _, menu = await shop.call("GET", "/products?limit=100")
    _, places = await shop.call("GET", "/locations")
    units = {one["id"]: one["currency"] for one in places["items"]}
    shop.unit = units[registers["items"][0]["location_id"]]
    shop.products = {one["name"]: one for one in menu["items"] if one["currency"] == shop.unit}
    return f"{answer['staff']['name']} signs in; {len(shop.products)} products are on the menu"


async def open_drawer(shop: Shop) -> str:
    """Open the drawer with its float, unless it is open."""
    status, session = await shop.call(
        "POST",
        "/drawers/sessions",
        {"register_id": shop.register_id, "opening_amount": 10_000},
    )
    if status == 409:
        _, session = await shop.call(
            "GET", f"/drawers/sessions/current?register_id={shop.register_id}"
        )
        shop.drawer_id = session["id"]
        return "the drawer was open already"
    must(status == 201, f"the drawer was refused: {brief(session)}")
    shop.drawer_id, shop.opened_by_tour = session["id"], True
    return f"the drawer opens with a float of {shop.money(10_000)}"


def _dishes(shop: Shop, count: int) -> list[str]:
    """Choose dishes that cost enough to be paid in parts."""
    return [name for name, one in sorted(shop.products.items()) if one["price"] >= 500][:count]


async def pay_in_cash(shop: Shop) -> str:
    """Pay with a note and get change."""
    order = await shop.order(*_dishes(shop, 1))
    note = -(-order["total"] // 2000) * 2000
    cash = {"method": "cash", "amount": order["total"], "tendered": note}
    status, done = await shop.pay(order, cash)
    must((status, done["status"]) == (200, "completed"), f"cash was not taken: {brief(done)}")
    must(done["change_amount"] == note - order["total"], f"wrong change: {done['change_amount']}")
    change = shop.money(done["change_amount"])
    return f"{shop.money(order['total'])} in cash from {shop.money(note)}: {change} change"


async def pay_cash_and_card(shop: Shop) -> str:
    """Pay a table's bill part in cash, part by card, in one transaction; then say it again."""
    order = await shop.order(*_dishes(shop, 3), table="12")
    part = order["total"] // 3
    payments = [
        {"method": "cash", "amount": part},
        {
            "method": "card",
            "amount": order["total"] - part,
            "payment_method_id": "pm_card_visa",
            "tip": 250,
        },
    ]
    key = str(uuid7(CLOCK.now()))
    status, done = await shop.pay(order, *payments, key=key)
    must((status, done["status"]) == (200, "completed"), f"not completed: {brief(done)}")
    _, again = await shop.pay(order, *payments, key=key)
    must(again == done, "the same key did not give the same answer")
    paid = await shop.look(order)
    must(paid["payment_state"] == "paid" and paid["amount_due"] == 0, f"not paid: {brief(paid)}")
    return (
        f"table 12 pays {shop.money(part)} in cash and {shop.money(order['total'] - part)} by card "
        f"with a tip of {shop.money(250)}; asking twice with one key charges once"
    )


async def pay_with_3d_secure(shop: Shop) -> str:
    """Pay with a card whose bank wants to see the customer."""
    order = await shop.order(*_dishes(shop, 1))
    card = {
        "method": "card",
        "amount": order["total"],
        "payment_method_id": "pm_card_authenticationRequired",
    }
    status, asked = await shop.pay(order, card)
    must((status, asked["status"]) == (202, "requires_action"), f"no 3-D Secure: {brief(asked)}")
    waiting = await shop.look(order)
    must(waiting["amount_paid"] == 0, "money was booked before the bank agreed")
    must(waiting["amount_reserved"] == order["total"], "the money was not reserved")
    intent = asked["payments"][0]["provider_reference"]
    await shop.control(f"/payment_intents/{intent}/action", {"outcome": "succeed"})
    status, answer = await shop.call("POST", f"/transactions/{asked['id']}/confirm", {})
    must(status == 200, f"not confirmed: {brief(answer)}")
    must(answer["transaction"]["status"] == "completed", f"not completed: {brief(answer)}")
    return "the bank asks for 3-D Secure; nothing is booked before the customer has answered"


async def decline_and_retry(shop: Shop) -> str:
    """Decline one of three tenders: nothing is taken. Then pay otherwise."""
    order = await shop.order(*_dishes(shop, 2))
    rest = order["total"] - 300
    status, refused = await shop.pay(
        order,
        {"method": "cash", "amount": 100},
        {"method": "card", "amount": 200, "payment_method_id": "pm_card_visa"},
        {"method": "card", "amount": rest, "payment_method_id": "pm_card_visa_chargeDeclined"},
    )
    must((status, refused["status"]) == (402, "declined"), f"not declined: {brief(refused)}")
    must(refused["cash_to_return"] == 100, f"the cash stays: {refused['cash_to_return']}")
    unpaid = await shop.look(order)
    must(
        unpaid["amount_paid"] == 0 == unpaid["amount_reserved"], f"something stuck: {brief(unpaid)}"
    )
    card = {"method": "card", "amount": order["total"], "payment_method_id": "pm_card_mastercard"}
    status, done = await shop.pay(order, card)
    must((status, done["status"]) == (200, "completed"), f"not completed: {brief(done)}")
    return "one of three tenders is declined: the hold is released, the cash returned; then paid"


async def lose_an_answer(shop: Shop) -> str:
    """Lose the provider's answer after it took the money, and find the truth."""
    order = await shop.order(*_dishes(shop, 1))
    fault = {"kind": "lost_answer", "match": {"method": "POST", "path": "/v1/payment_intents"}}
    await shop.control("/faults", fault)
    card = {"method": "card", "amount": order["total"], "payment_method_id": "pm_card_visa"}
    status, lost = await shop.pay(order, card)
    must(
        (status, lost["status"]) == (202, "checking"), f"a lost answer is not failed: {brief(lost)}"
    )
    waited = 0.0
    while lost["status"] != "completed" and waited < WAIT_SECONDS_MAX:
        await CLOCK.sleep(0.25)
        waited += 0.25
        _, answer = await shop.call("GET", f"/transactions/{lost['id']}")
        lost = answer["transaction"]
    must(lost["status"] == "completed", f"the truth was not found: {brief(lost)}")
    return f"an answer is lost after the charge; the truth is found in {waited:.1f} s, charged once"


async def compare_books(shop: Shop) -> str:
    """Compare what the provider believes with what this till was told."""
    assert shop.sandbox_url is not None
    async with shop.http.get(f"{shop.sandbox_url}/_sandbox/books") as response:
        books = await response.json(content_type=None)
    taken = [one for one in books["intents"] if one["status"] == "succeeded"]
    transactions: dict[str, dict[str, Any]] = {}
    after: str | None = ""
    while after is not None:
        _, page = await shop.call("GET", f"/transactions?limit=100{after and f'&after={after}'}")
        transactions |= {one["id"]: one for one in page["items"]}
        after = page["next"]
    payments = chain.from_iterable(one["payments"] for one in transactions.values())
    charged = [
        one["amount"] + one["tip"]
        for one in payments
        if one["method"] == "card" and one["status"] == "captured"
    ]
    total = sum(one["amount_received"] for one in taken)
    must(sum(charged) == total, f"we say {sum(charged)}, the provider says {total}")
    must(len(charged) == len(taken), f"we say {len(charged)} charges, they say {len(taken)}")
    return f"{len(taken)} card payments, {shop.money(total)}: the provider's books agree with ours"


async def close_drawer(shop: Shop) -> str:
    """Count the drawer and close it: the Z report. Somebody else's drawer is left to them."""
    if not shop.opened_by_tour:
        return "the drawer stays open for whoever opened it"
    status, report = await shop.call("GET", f"/drawers/sessions/{shop.drawer_id}/report")
    must(status == 200, f"no X report: {brief(report)}")
    expected = report["expected"]
    path = f"/drawers/sessions/{shop.drawer_id}"
    status, count = await shop.call("POST", f"{path}/count", {"counted": expected})
    must((status, count["variance"]) == (200, 0), f"not counted: {brief(count)}")
    parts = {"left_in_drawer": 10_000, "deposit": expected - 10_000}
    status, closed = await shop.call("POST", f"{path}/close", parts)
    must(status == 200, f"not closed: {brief(closed)}")
    return f"Z {closed['z_number']}: {shop.money(expected)} expected, counted and signed"


STEPS: Final[list[tuple[Callable[[Shop], Awaitable[str]], bool]]] = [
    (sign_in, False),
    (open_drawer, False),
    (pay_in_cash, False),
    (pay_cash_and_card, False),
    (pay_with_3d_secure, True),
    (decline_and_retry, False),
    (lose_an_answer, True),
    (compare_books, True),
    (close_drawer, False),
]
"""Each step, and whether only the sandbox can play it."""


def _trouble(error: Exception, url: str) -> str:
    if isinstance(error, StepFailed):
        return str(error)
    if isinstance(error, aiohttp.ClientConnectionError):
        return f"nobody answers at {url}"
    if isinstance(error, TimeoutError):
        return f"no answer within {CALL_SECONDS_MAX} s"
    return f"the answer is not what was expected ({type(error).__name__}: {error})"


async def play(url: str, sandbox_url: str | None, console: Console) -> bool:
    """Play the day against a running server, telling each step; False once one did not hold."""
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS_MAX)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        shop = Shop(http, url.rstrip("/"), sandbox_url)
        for number, (step, needs_sandbox) in enumerate(STEPS, start=1):
            if needs_sandbox and sandbox_url is None:
                console.print(f"[dim]{number:2}. (only with the sandbox) {step.__doc__}[/dim]")
                continue
            try:
                console.print(f"[green]{number:2}.[/green] {await step(shop)}")
            except (TimeoutError, StepFailed, LookupError, aiohttp.ClientError) as error:
                trouble = escape(_trouble(error, url))
                console.print(f"[red]{number:2}. {step.__doc__} Failed: {trouble}[/red]")
                return False
    return True
