"""Everything that both sides say once it is quiet, for the invariants to compare."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fynlo.insight import verify
from fynlo.platform.database import Database, connect

if TYPE_CHECKING:
    from fynlo.chaos.journal import Journal
    from fynlo.chaos.till import Till
    from fynlo.chaos.world import World
    from fynlo.insight import Difference
    from fynlo.kernel.ids import MerchantId

Json = dict[str, Any]


@dataclass
class Evidence:
    """What the tills were told, what the API shows, what the provider believes, what is booked."""

    journal: Journal
    transactions: dict[str, Json] = field(default_factory=dict)
    orders: dict[str, Json] = field(default_factory=dict)
    intents: list[Json] = field(default_factory=list)
    drawers: list[Json] = field(default_factory=list)  # X reports.
    differences: list[Difference] = field(default_factory=list)
    exceptions: list[Json] = field(default_factory=list)
    restless: list[str] = field(default_factory=list)  # What did not come to rest in time.
    silent: list[str] = field(default_factory=list)  # What could not be read at all.


async def gather(
    journal: Journal, manager: Till, world: World, database_url: str, merchant_id: MerchantId
) -> Evidence:
    """Read all of it. Nothing may be going on any more."""
    found = Evidence(journal)
    found.transactions = await _all(found, manager, "/transactions")
    found.orders = await _all(found, manager, "/orders")
    for register in sorted(set(journal.orders.values())):
        current = await manager.insist("GET", f"/drawers/sessions/current?register_id={register}")
        session = "" if current is None else current.body.get("id", "")
        report = await manager.insist("GET", f"/drawers/sessions/{session}/report")
        if report is None or report.status != 200:
            found.silent.append(f"no report of the drawer of register {register}")
        else:
            found.drawers.append(report.body)
    books = await world.books()
    if books is None:
        found.silent.append("no books of the provider")
    else:
        found.intents = books["intents"]
    db = Database(await connect(database_url, connections_max=1, command_seconds=None))
    try:
        found.differences = await verify(db)
        async with db.transaction(merchant_id) as tx:
            rows = await tx.fetch("select * from exceptions order by opened_at, id")
        found.exceptions = [{name: str(one) for name, one in row.items()} for row in rows]
    finally:
        await db.close()
    return found


async def _all(found: Evidence, manager: Till, path: str) -> dict[str, Json]:
    """Read every page of a list."""
    things: dict[str, Json] = {}
    after = ""
    while True:
        page = await manager.insist("GET", f"{path}?limit=100{after}")
        if page is None or page.status != 200:
            found.silent.append(f"not all pages of {path}")
            return things
        things |= {one["id"]: one for one in page.body["items"]}
        if page.body["next"] is None:
            return things
        after = f"&after={page.body['next']}"
