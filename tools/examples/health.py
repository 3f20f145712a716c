"""Health: whether it lives, whether it can serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tools.examples.script import Call
from tools.examples.stage import Away

if TYPE_CHECKING:
    from tools.examples.script import Step
    from tools.examples.stage import Stage


async def _without_a_database(stage: Stage) -> None:
    async with stage.without_database() as blind:
        await blind.play(
            Call(to="GET /ready", title="The database is gone", status=503, by=None),
            Call(to="GET /auth/me", title="Our own bug", status=500),
        )
    async with stage.with_database(Away()) as busy:
        await busy.play(Call(to="GET /auth/me", title="The database is away", status=503))


SCENE: Final[tuple[Step, ...]] = (
    Call(to="GET /health", title="It lives", by=None),
    Call(to="GET /ready", title="It can serve", by=None),
    _without_a_database,
    Call(to="GET /nothing", title="No such address", status=404),
    Call(to="DELETE /orders", title="No such call", status=405),
)
