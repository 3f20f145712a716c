"""A shop with one of everything, and words in all of it by which it is recognised elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from fynlo.kernel.ids import derive
from fynlo.platform.chain import chain_due
from tests.http.things import THINGS, prepare, with_an_id
from tests.http.told import WISHES
from tests.staff.people import add_device, give_pin
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    from tests.http.told import Ids
    from tests.support.shop import Till


_KINDS: Final = {
    "/locations": "location",
    "/registers": "third register",
    "/stations": "station",
    "/staff": "staff",
    "/categories": "category",
    "/tax-rates": "rate",
    "/modifiers": "modifier",
    "/products": "product",
}
PRICES: Final = {"mine": 7_351_931, "theirs": 7_246_183}


@dataclass(frozen=True)
class Furnished:
    """What is in a shop: the id of one thing of each kind, and what only this shop says."""

    till: Till
    word: str
    ids: Ids
    device_token: str
    cashier_token: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return what must be told to nobody else: its word, its people's addresses, its price."""
        shop = self.till.shop
        return (self.word, str(shop.merchant_id), str(PRICES[self.word.partition("-")[0]]))

    def found_in(self, text: str, *but: str) -> list[str]:
        """List what a text has of this shop: its secrets and ids, `but` those that were said."""
        told = (*self.secrets, *self.ids.values())
        return [one for one in told if one in text and one not in but]


async def furnish(till: Till, whose: str) -> Furnished:
    """Put one of everything into a shop, by its own admin, over HTTP where there is a way."""
    shop = till.shop
    await prepare(shop)
    word = f"{whose}-{uuid4().hex[:12]}"
    ids = await _things(till, word)
    ids |= _standing(till)
    key = {"name": f"{word} key", "scopes": ["orders.read"]}
    for _ in range(2):  # A page of one has a next one.
        device = await add_device(till, name=f"{word} tablet")
        ids["key"] = said(await till.call("POST", "/api-keys", key), 201)["id"]
    ids["device"] = device["id"]
    for version, price in enumerate((100, PRICES[whose]), 1):
        change = {"price": price, "version": version}
        said(await till.call("PATCH", f"/products/{ids['product']}", change), 200)
    kitchen = {"category_ids": [ids["category"]]}
    said(await till.call("PATCH", f"/stations/{ids['station']}", kitchen), 200)
    await give_pin(shop, "cashier", "manager", "admin")
    ids["session"] = await _sessions(till)
    ids |= await _orders(till, word, ids)
    ids |= await _kitchen(till, ids)
    while await chain_due(shop.ports()):  # What is asked for after that waits to be tied.
        pass
    ids["short drawer"] = await _short_drawer(till, word)
    ids |= await _asked(till, ids)
    ids |= await _left_to_people(till, word, ids)
    (method,) = await shop.rows("select id from payment_methods where code = 'bank_transfer'")
    ids["method"] = str(method["id"])
    await shop.rows("update merchants set name = $1 returning id", word)
    return Furnished(till, word, ids, device["device_token"], await shop.sign_in("cashier"))


def _standing(till: Till) -> Ids:
    """Return what a shop has from its first day, for what only makes sense together."""
    shop = till.shop
    return {
        "location": str(shop.location_id),
        "register": str(shop.register_id()),
        "staff": str(shop.staff_id("cashier")),
        "email": shop.email("cashier"),
        "manager": str(shop.staff_id("manager")),
        "manager's email": shop.email("manager"),
        "owner": str(shop.staff_id("admin")),
        "owner's email": shop.email("admin"),
        "second register": str(shop.register_id(2)),
        "other rate": str(derive(shop.merchant_id, "tax:0")),
    }


async def _things(till: Till, word: str) -> Ids:
    ids: Ids = {}
    for thing in THINGS:
        body = with_an_id(thing.body(till.shop)) | {"name": f"{word} {thing}"}
        if thing.path == "/staff":
            body |= {"email": f"{word}@{till.shop.merchant_id}.test"}
        if thing.path == "/products":
            extras = [ids["modifier"]]
            price = PRICES[word.partition("-")[0]]
            body |= {"price": price, "category_id": ids["category"], "modifier_ids": extras}
            body["barcode"] = ids["barcode"] = f"{word} b"
        ids[_KINDS[thing.path]] = said(await till.call("POST", thing.path, body), 201)["id"]
    return ids


async def _sessions(till: Till) -> str:
    """Sign people in more than once; return the id of a session of a cashier's."""
    for who in ("cashier", "cashier", "admin"):
        await till.shop.sign_in(who)
    rows = await till.shop.rows(
        "select id from sessions where staff_id = $1", till.shop.staff_id("cashier")
    )
    return str(rows[0]["id"])


async def _orders(till: Till, word: str, ids: Ids) -> Ids:
    """Take money for one order, leave a payment to be confirmed for another; return a draft's."""
    drawer = await till.open_drawer()
    paid, kitchen = await till.order("meal"), await till.order("meal")
    for order in (paid, kitchen):
        said(await till.pay(order, cash(1000)), 200)
    said(await till.call("POST", f"/orders/{paid['id']}/prepare", {}), 200)
    waiting = await till.order("meal")
    transfer = {"method": "bank_transfer", "amount": 1000}
    pending = said(await till.pay(waiting, transfer), 202)["transaction"]
    payable, fixed = await till.order("meal"), await till.order("meal")
    spare, taken = [await till.order("meal", validated=False) for _ in range(2)]
    giving, taking, coming = [await till.order("meal", "coffee", validated=False) for _ in range(3)]
    extra = {"id": ids["modifier"]}
    line = {"product_id": ids["product"], "quantity": 1, "modifiers": [extra], "note": f"{word} n"}
    body = {
        "register_id": str(till.shop.register_id()),
        "table": f"{word} t",
        "lines": [line, {"product_id": str(till.shop.product_id("coffee")), "quantity": 1}],
    }
    draft = said(await till.call("POST", "/orders", body), 201)
    return {
        "drawer": drawer["id"],
        "order": draft["id"],
        "paid order": paid["id"],
        "kitchen order": kitchen["id"],
        "payable order": payable["id"],
        "fixed order": fixed["id"],
        "spare order": spare["id"],
        "till order": taken["id"],
        "giving order": giving["id"],
        "giving line": giving["lines"][0]["id"],
        "taking order": taking["id"],
        "coming order": coming["id"],
        "line": draft["lines"][0]["id"],
        "new line": str(uuid4()),
        "waiting order": waiting["id"],
        "transaction": pending["id"],
        "payment": pending["payments"][0]["id"],
    }


async def _kitchen(till: Till, ids: Ids) -> Ids:
    """Send an order to the kitchen: a ticket of the station that makes this shop's own product."""
    products = (ids["product"], str(till.shop.product_id("coffee")))
    lines = [{"product_id": one, "quantity": 1} for one in products]
    body = {"register_id": str(till.shop.register_id()), "lines": lines}
    order = said(await till.call("POST", "/orders", body), 201)
    for verb in ("validate", "send"):
        said(await till.call("POST", f"/orders/{order['id']}/{verb}", {}), 200)
    tickets = said(await till.call("GET", f"/kitchen/tickets?station_id={ids['station']}"), 200)
    (ticket,) = tickets["items"]
    said(await till.call("PATCH", f"/kitchen/tickets/{ticket['id']}", {"priority": 1}), 200)
    line = order["lines"][0]["id"]
    return {"sent order": order["id"], "sent line": line, "ticket": ticket["id"]}


async def _short_drawer(till: Till, word: str) -> str:
    """Let a cashier count a drawer of their own as empty that should not be; return its id."""
    body = {"name": f"{word} short till", "location_id": str(till.shop.location_id)}
    register = said(await till.call("POST", "/registers", body), 201)
    async with till.shop.till("cashier") as cashier:
        opening = {"register_id": register["id"], "opening_amount": 5_000}
        drawer = said(await cashier.call("POST", "/drawers/sessions", opening), 201)
        path = f"/drawers/sessions/{drawer['id']}/count"
        said(await cashier.call("POST", path, {"counted": 0}), 200)
    found: str = drawer["id"]
    return found


async def _asked(till: Till, ids: Ids) -> Ids:
    """Let a cashier ask for all that they may not do alone; return what waits for an answer."""
    waiting: Ids = {}
    async with till.shop.till("cashier") as cashier:
        for call, wish in WISHES.items():
            (method, _, path), (parts, body) = call.partition(" "), wish(ids)
            path = path.removeprefix("/api/v1").format(**parts)
            answer = await cashier.call(method, path if body else f"{path}?version=1", body)
            approval = refused(answer, 403, "approval-required")["approval"]
            waiting[f"leave to {call}"] = approval["id"]
    return {**waiting, "approval": approval["id"]}


async def _left_to_people(till: Till, word: str, ids: Ids) -> Ids:
    """Leave what a provider's strange word leaves: two exceptions and a notification."""
    shop, now = till.shop, till.shop.wiring.clock.now()
    unmatched, stuck = str(uuid4()), str(uuid4())
    detail = json.dumps({"reference": f"{word} x", "amount": 1000, "currency": "GBP"})
    queued = (
        (unmatched, "unmatched", ids["order"], None),
        (stuck, "unresolved", ids["waiting order"], ids["transaction"]),
    )
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        for exception_id, kind, order_id, transaction_id in queued:
            tx.write(
                "insert into exceptions (merchant_id, id, kind, order_id, transaction_id, detail,"
                " state, opened_at) values ($1, $2, $3, $4, $5, $6, 'open', $7)",
                *(shop.merchant_id, exception_id, kind, order_id, transaction_id, detail, now),
            )
        tx.write(
            "update transactions set needs_attention = true where merchant_id = $1 and id = $2",
            *(shop.merchant_id, ids["transaction"]),
        )
        tx.write(
            "insert into notifications (merchant_id, id, provider, event_id, type, object_id,"
            " made_at, received_at, state, processed_at, result, order_id)"
            " values ($1, $2, 'stripe', $3, 'charge.updated', $3, $4, $4, 'processed', $4, $5, $6)",
            *(shop.merchant_id, uuid4(), f"evt_{word}", now, f"{word} r", ids["order"]),
        )
    return {"exception": unmatched, "stuck exception": stuck}
