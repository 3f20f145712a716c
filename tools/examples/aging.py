"""Months later: what is kept for how long, and a repeat whose answer is not kept any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.platform.ports import Ports
from fynlo.retention.sweep import sweep_one
from fynlo.seed import DEMO
from tools.examples.edits import ADDED
from tools.examples.menu import IMPORTED
from tools.examples.orders import GIVEN_UP
from tools.examples.script import Call

if TYPE_CHECKING:
    from tools.examples.script import Step
    from tools.examples.stage import Stage

_MONTHS_SECONDS: Final = 100 * 86_400
_TITLE: Final = "A repeat months later"


async def _months_later(stage: Stage) -> None:
    """Let time pass, and the worker sweep."""
    stage.clock.advance(_MONTHS_SECONDS)
    wiring = stage.shop.wiring
    removed = await sweep_one(Ports(wiring.db, wiring.clock), DEMO)
    assert removed["answers"], removed


SCENE: Final[tuple[Step, ...]] = (
    Call(to="GET /settings/retention", title="How long what ages is kept", by="owner"),
    Call(
        to="PATCH /settings/retention",
        title="Keep notifications for longer",
        body={"notifications": 60},
        by="owner",
        denied="cashier",
    ),
    Call(
        to="PATCH /settings/retention",
        title="Less than the minimum",
        body={"notifications": 6},
        status=422,
        by="owner",
    ),
    _months_later,
    *(
        Call(to=one.to, title=_TITLE, key=one.title, body=one.body, by=one.by, status=409)
        for one in (ADDED, IMPORTED, GIVEN_UP)
    ),
)
