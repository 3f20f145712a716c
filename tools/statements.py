"""Count the SQL statements and commits of each main call, and write them into docs/.

`python -m tools.statements` plays a short day at a shop and writes the page. Where a number rises,
it asks for the reason: `--because "what it buys"`. A test plays the same day and compares.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fynlo.payments.ports import Patience
from fynlo.payments.providers.stripe.accounts import CallLimits
from fynlo.platform.embedded import start_postgres
from fynlo.platform.migrations import migrate
from fynlo.sandbox import SandboxOptions
from fynlo.sandbox import create_app as create_sandbox
from tests.staff.people import PASSWORD, PIN, add_device, enter, give_password, give_pin
from tests.support.clock import HandClock
from tests.support.crash import CrashingDatabase
from tests.support.opening import open_shop
from tests.support.postman import Postman
from tests.support.provider import Provider
from tests.support.serve import http_client, serve
from tests.support.shop import card, cash, said
from tests.support.tally import Tally

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.support.shop import Shop, Till

PAGE: Final = Path(__file__).parents[1] / "docs" / "reference" / "statements.md"
_ROW: Final = re.compile(r"^\| ([^|]+) \| (\d+) \| (\d+) \| ([^|]*) \|$", re.MULTILINE)
_HEAD: Final = """\
# SQL statements of each call

<!-- Written by `python -m tools.statements`; edits of numbers are lost. -->

What each main call asks of the database, measured at the pool while a short day is played. Writes
that travel together are one statement ([ADR 0013](../adr/0013-folded-writes.md)). Opening a
transaction and committing it are one round trip each, and are counted as the commit.

A test plays the same day and compares exactly. If a number rose, find out why: each statement is a
round trip in everybody's way. If it must be, `python -m tools.statements --because "what it buys"`
writes the new number with that reason; a number that fell is written without one.

| Call | Statements | Commits | Why it rose the last time |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Count:
    """What one call asks for, and why that became more the last time that it did."""

    statements: int
    commits: int
    reason: str = ""

    def is_more_than(self, other: Count) -> bool:
        """Whether either number rose."""
        return self.statements > other.statements or self.commits > other.commits


def read() -> dict[str, Count]:
    """Read the page; nothing where it is not written yet."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    return {
        name: Count(int(statements), int(commits), reason)
        for name, statements, commits, reason in _ROW.findall(text)
    }


def written(counts: dict[str, Count]) -> str:
    """Write the page."""
    rows = (
        f"| {name} | {one.statements} | {one.commits} | {one.reason} |"
        for name, one in counts.items()
    )
    return _HEAD + "\n".join(rows) + "\n"


def merged(
    before: dict[str, Count], found: dict[str, tuple[int, int]], because: str | None
) -> dict[str, Count]:
    """Put new numbers in the place of old ones; ValueError names what rose without a reason."""
    after, rose = {}, []
    for name, numbers in found.items():
        was, now = before.get(name), Count(*numbers)
        is_more = was is not None and now.is_more_than(was)
        if is_more and not because:
            rose.append(f"{name}: {was.statements}/{was.commits} -> {numbers}" if was else name)
        reason = (because or "") if is_more else was.reason if was is not None else ""
        after[name] = Count(*numbers, reason.replace("|", "/"))
    if rose:
        raise ValueError("\n".join(rose))
    return after


class Day:
    """A day at a shop, of which each call is counted."""

    def __init__(self, shop: Shop, till: Till) -> None:
        """Count from now on."""
        assert isinstance(shop.wiring.db, CrashingDatabase)
        self.shop, self.till = shop, till
        self.tally = shop.wiring.db.tally = Tally()
        self.counts: dict[str, tuple[int, int]] = {}

    async def note(self, name: str, status: int, answer: httpx.Response) -> Any:
        """Note what was counted since the last call under a name."""
        assert answer.status_code == status, (name, answer.text)
        assert name not in self.counts, name
        self.counts[name] = self.tally.take()
        return answer.json() if answer.content else None

    async def call(
        self, name: str, status: int, method: str, path: str, body: object = None, **more: Any
    ) -> Any:
        """Make a call and note what it took; what led up to it is not counted."""
        self.tally.take()
        answer = await self.till.call(method, path, body, **more)
        return await self.note(name, status, answer)


async def measure(shop: Shop) -> dict[str, tuple[int, int]]:
    """Play the day; return the statements and commits of each call by its name."""
    await give_password(shop)
    await give_pin(shop, "cashier")
    async with shop.till("admin") as admin:
        device = await add_device(admin)
    async with shop.till() as till:
        day = Day(shop, till)
        await _people(day, device["device_token"])
        await _menu(day)
        drawer = await day.call("open a drawer", 201, "POST", "/drawers/sessions", _drawer(shop))
        await _order(day)
        await _kitchen(day)
        await _bills(day)
        await _approval(day)
        await _payments(day)
        await _drawer_counted(day, drawer["id"])
    return day.counts


def _drawer(shop: Shop) -> dict[str, Any]:
    return {"register_id": str(shop.register_id()), "opening_amount": 10_000}


async def _people(day: Day, device_token: str) -> None:
    http, shop = day.till.http, day.shop
    day.tally.take()
    login = {"email": shop.email("manager"), "password": PASSWORD}
    entered = await day.note("sign in", 200, await http.post("/api/v1/auth/login", json=login))
    again = {"refresh_token": entered["refresh_token"]}
    await day.note("refresh tokens", 200, await http.post("/api/v1/auth/refresh", json=again))
    by_pin = await enter(http, device_token, shop.staff_id("cashier"), PIN)
    await day.note("sign in by PIN", 200, by_pin)
    await day.call("who am I", 200, "GET", "/auth/me")


async def _menu(day: Day) -> None:
    await day.call("list products", 200, "GET", "/products")
    path = f"/products/{day.shop.product_id('meal')}"
    await day.call("read a product", 200, "GET", path)
    await day.call("read the rules", 200, "GET", "/settings")


async def _order(day: Day) -> None:
    shop = day.shop
    meal = {"product_id": str(shop.product_id("meal")), "quantity": 1}
    body = {"register_id": str(shop.register_id()), "lines": [meal]}
    order = await day.call("create an order of one line", 201, "POST", "/orders", body)
    five = {**body, "lines": [meal] * 5}
    await day.call("create an order of five lines", 201, "POST", "/orders", five)
    path = f"/orders/{order['id']}"
    order = await day.call("add a line", 200, "POST", f"{path}/lines", {"lines": [meal]})
    line = f"{path}/lines/{order['lines'][0]['id']}"
    change = {"quantity": 2, "version": order["lines"][0]["version"]}
    order = await day.call("change a line", 200, "PATCH", line, change)
    order = await day.call(
        "remove a line", 200, "DELETE", f"{line}?version={order['lines'][0]['version']}"
    )
    put = {"version": order["version"], "lines": [meal, meal]}
    order = await day.call("put lines", 200, "PUT", f"{path}/lines", put)
    table = {"version": order["version"], "table": "7"}
    await day.call("change an order", 200, "PATCH", path, table)
    await day.call("validate an order", 200, "POST", f"{path}/validate", {})
    await day.call("read an order", 200, "GET", path)
    await day.call("list orders", 200, "GET", "/orders")
    await day.call("cancel an order", 200, "POST", f"{path}/cancel", {"reason": "They left."})


async def _kitchen(day: Day) -> None:
    order = await day.till.order("meal")
    await day.call("send an order", 200, "POST", f"/orders/{order['id']}/send", {})
    queue = await day.call("list tickets", 200, "GET", "/kitchen/tickets")
    ticket = f"/kitchen/tickets/{queue['items'][0]['id']}"
    for verb in ("start", "bump", "recall"):
        await day.call(f"{verb} a ticket", 200, "POST", f"{ticket}/{verb}", {})
    await day.call("prioritize a ticket", 200, "PATCH", ticket, {"priority": 5})
    ready = f"/orders/{order['id']}/ready"
    await day.call("mark an order ready", 200, "POST", ready, {})
    await day.call("serve a ticket", 200, "POST", f"{ticket}/serve", {})


async def _bills(day: Day) -> None:
    meal = {"product_id": str(day.shop.product_id("meal")), "quantity": 2}
    body = {"register_id": str(day.shop.register_id()), "lines": [meal]}
    order = said(await day.till.call("POST", "/orders", body), 201)
    half = {"version": order["version"]}
    half["lines"] = [{"line_id": order["lines"][0]["id"], "quantity": 1}]
    both = await day.call("split an order", 201, "POST", f"/orders/{order['id']}/split", half)
    new, rest = both["order"], both["rest"]
    come = {"version": rest["version"]}
    come["from"] = [{"order_id": new["id"], "version": new["version"]}]
    await day.call("merge orders", 200, "POST", f"/orders/{order['id']}/merge", come)


async def _approval(day: Day) -> None:
    order = await day.till.order("meal")
    path, wish = f"/orders/{order['id']}/cancel", {"reason": "They left."}
    async with day.shop.till("cashier") as cashier:
        day.tally.take()
        asked = await cashier.call("POST", path, wish)
        approval = (await day.note("ask for approval", 403, asked))["approval"]
        approve = f"/approvals/{approval['id']}/approve"
        await day.call("approve from afar", 200, "POST", approve, {"password": PASSWORD})
        day.tally.take()
        used = await cashier.call("POST", path, wish | {"approval_id": approval["id"]})
        await day.note("cancel an order, approved", 200, used)
    async with day.shop.till("admin") as admin:
        day.tally.take()
        await day.note("list the audit trail", 200, await admin.call("GET", "/audit"))


async def _payments(day: Day) -> None:
    till, key = day.till, "a key of the day's own"
    order = await till.order("meal")
    body = {"order_id": order["id"], "payments": [cash(1000)]}
    process = ("POST", "/transactions/process")
    paid = await day.call("pay in cash", 200, *process, body, key=key)
    await day.call("pay in cash, asked again", 200, *process, body, key=key)
    by_card = {"order_id": (await till.order("meal"))["id"], "payments": [card(1000)]}
    await day.call("pay by card", 200, *process, by_card)
    both = [cash(400), card(600)]
    mixed = {"order_id": (await till.order("meal"))["id"], "payments": both}
    await day.call("pay in cash and by card", 200, *process, mixed)
    path = f"/transactions/{paid['transaction']['id']}"
    await day.call("read a transaction", 200, "GET", path)
    await day.call("list transactions", 200, "GET", "/transactions")
    await day.call("explain an order", 200, "GET", f"/orders/{order['id']}/explain")
    postman = Postman(till)
    (event, *_) = await postman.waiting("payment_intent.succeeded")
    day.tally.take()
    await day.note("hear from the provider", 200, await postman.bring(event))


async def _drawer_counted(day: Day, session_id: str) -> None:
    path = f"/drawers/sessions/{session_id}"
    out = {"type": "paid_out", "amount": 100, "reason": "Stamps."}
    await day.call("move cash", 201, "POST", f"{path}/movements", out)
    current = f"/drawers/sessions/current?register_id={day.shop.register_id()}"
    await day.call("read the open drawer", 200, "GET", current)
    await day.call("count a drawer", 200, "POST", f"{path}/count", {"counted": 11_300})
    closing = {"left_in_drawer": 10_000, "deposit": 1_300}
    await day.call("close a drawer", 200, "POST", f"{path}/close", closing)


async def _measured() -> dict[str, tuple[int, int]]:
    with tempfile.TemporaryDirectory(prefix="fynlo-statements-") as name:
        postgres = await start_postgres(Path(name), durable=False)
        try:
            await migrate(postgres.migration_url)
            async with _shop(postgres.app_url) as shop:
                return await measure(shop)
        finally:
            await postgres.stop()


@asynccontextmanager
async def _shop(database_url: str) -> AsyncIterator[Shop]:
    async with (
        serve(create_sandbox(SandboxOptions(seed=1))) as url,
        http_client(base_url=url, timeout=20) as http,
        open_shop(database_url, HandClock(), Provider(url, http), Patience(), CallLimits()) as shop,
    ):
        yield shop


def main() -> None:
    """Measure, compare, and write the page or say what it lacks."""
    parser = argparse.ArgumentParser(prog="python -m tools.statements", description=__doc__)
    parser.add_argument("--because", help="why a number rose")
    said_so = parser.parse_args()
    try:
        counts = merged(read(), asyncio.run(_measured()), said_so.because)
    except ValueError as error:
        raise SystemExit(f"These rose; say `--because` of what:\n{error}") from None
    PAGE.write_text(written(counts), "utf-8")


if __name__ == "__main__":
    main()
