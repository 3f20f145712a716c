"""The day as a whole: every scene in its order, and the events that were told of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from redis.asyncio import Redis
from structlog.testing import capture_logs

from fynlo.platform.relay import CHANNEL, relay_due
from fynlo.seed import DEMO
from tools.examples import (
    aging,
    approvals,
    bills,
    catalogue,
    drawers,
    edits,
    exceptions,
    health,
    kitchen,
    menu,
    notifications,
    orders,
    people,
    setup,
    shop,
    tills,
    transactions,
)
from tools.examples.stage import stage

if TYPE_CHECKING:
    from tools.examples.script import Step
    from tools.examples.stage import Stage

FILE: Final = Path(__file__).parents[2] / "src" / "fynlo" / "openapi" / "examples.json"
HEARD_SECONDS_MAX: Final = 10

DAY: Final[tuple[tuple[Step, ...], ...]] = (
    health.SCENE,
    shop.MORNING,
    catalogue.SCENE,
    setup.SCENE,
    menu.SCENE,
    people.SCENE,
    drawers.OPENING,
    orders.SCENE,
    edits.SCENE,
    transactions.SCENE,
    notifications.SCENE,
    kitchen.SCENE,
    approvals.SCENE,
    bills.SCENE,
    drawers.EVENING,
    setup.LATER,
    shop.EVENING,
    transactions.NIGHT,
    exceptions.SCENE,
    tills.SCENE,
    aging.SCENE,
)


class Played(NamedTuple):
    """The text of the file, and what each operation put into the audit trail."""

    text: str
    acts: dict[str, set[str]]


async def record(database_url: str, valkey_url: str) -> Played:
    """Play the day in an empty, migrated database."""
    # What goes wrong on purpose would fill the screen, and take longer to show than to play.
    with capture_logs():
        async with stage(database_url) as played:
            return await _played(played, valkey_url)


async def _played(played: Stage, valkey_url: str) -> Played:
    for scene in DAY:
        played.clock.wait_for_the_hour()  # A longer scene moves no times of the others.
        await played.play(*scene)
    played.tape.events = await _heard(played, valkey_url)
    return Played(played.tape.text(), played.acts)


async def _heard(played: Stage, valkey_url: str) -> dict[str, Any]:
    """Publish what happened, as the worker does, and return the first event of each type."""
    heard: dict[str, Any] = {}
    valkey = Redis.from_url(valkey_url)
    try:
        async with valkey.pubsub() as listener:
            await listener.subscribe(CHANNEL.format(merchant_id=DEMO))
            count = await relay_due(played.app.state.ports, valkey)
            while count:
                message = await listener.get_message(
                    ignore_subscribe_messages=True, timeout=HEARD_SECONDS_MAX
                )
                if message is not None:
                    event = msgspec.json.decode(message["data"])
                    heard.setdefault(event["type"], event)
                    count -= 1
    finally:
        await valkey.aclose()
    return heard
