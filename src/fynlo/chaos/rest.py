"""Let everything come to rest: no more trouble, the server up, customers gone, nothing due."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from fynlo.chaos.till import CLOCK
from fynlo.platform.database import Database, DatabaseAway, connect

if TYPE_CHECKING:
    from fynlo.chaos.journal import Journal
    from fynlo.chaos.server import Server
    from fynlo.chaos.till import Till
    from fynlo.chaos.world import World

_LOOK_SECONDS: Final = 0.5
_BACK_SECONDS: Final = 30.0
REPEATS_MAX: Final = 300

_DUE: Final = {
    "transaction": "select id from transactions where due_at is not null limit 20",
    "notification": "select id from notifications where due_at is not null limit 20",
}


async def come_to_rest(
    server: Server, world: World, manager: Till, seconds_max: float
) -> list[str]:
    """End all trouble and wait; return what was still due when the time was up."""
    if not await server.comes_up(_BACK_SECONDS):
        await server.stop()
        await server.start()
    await world.calm()
    await manager.sign_in()
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds_max
    due = ["everything"]
    while due and clock() < deadline:
        await _send_home(manager)
        due = await _due(server)
        if due:
            await CLOCK.sleep(_LOOK_SECONDS)
    return due


async def _send_home(manager: Till) -> None:
    """Give up what waits for customers who walked away."""
    page = await manager.insist("GET", "/transactions?limit=100&status=requires_action")
    for one in page.body.get("items", ()) if page is not None else ():
        path = f"/transactions/{one['id']}/cancel"
        said = await manager.insist("POST", path, {"reason": "the customer walked away"})
        attempt = manager.journal.attempts.get(one["id"])
        if attempt is not None:
            manager.hear(attempt, said, "cancel")


async def _due(server: Server) -> list[str]:
    """Name what somebody must still look at, some of it."""
    run = server.run()
    if run is None:
        return ["the server"]
    try:
        db = Database(await connect(run.database_url, connections_max=1))
    except DatabaseAway:
        return ["the database"]
    found: list[str] = []
    try:
        async with db.system() as connection:
            for kind, sql in _DUE.items():
                found += [f"{kind} {row['id']}" for row in await connection.fetch(sql)]
    finally:
        await db.close()
    return found


async def ask_again(journal: Journal, tills: list[Till]) -> None:
    """Ask finished keys once more, each by the till that used it: the answer must be the same."""
    by_number = {till.number: till for till in tills}
    finished = [one for one in journal.attempts.values() if one.outcome is not None]
    step = max(1, len(finished) // REPEATS_MAX)
    for attempt in finished[::step]:
        till = by_number[attempt.till]
        wish = {"order_id": attempt.order_id, "payments": attempt.payments}
        said = await till.insist("POST", "/transactions/process", wish, key=attempt.key)
        till.hear(attempt, said, "again")
