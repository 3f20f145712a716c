"""How long what ages is kept, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from litestar import Router, get, patch
from litestar.params import JSONBody
from msgspec import UNSET, UnsetType

from fynlo.platform.body import fields
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import Given
from fynlo.platform.ports import Ports
from fynlo.retention import queries
from fynlo.retention.change_retention import change_retention
from fynlo.retention.model import AGING, DAYS_MAX
from fynlo.staff import Caller, admit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fynlo.retention.model import Aging

Days = Annotated[int, msgspec.Meta(ge=1, le=DAYS_MAX)]


class AgingOut(msgspec.Struct, frozen=True):
    """A class of what ages."""

    name: str
    days: int
    days_min: int
    removed: str


class AgingListOut(msgspec.Struct, frozen=True):
    """All classes."""

    items: list[AgingOut]
    next: str | None = None


class RetentionPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many days to keep what; a class that is not named stays as it is."""

    sessions: Days | UnsetType = UNSET
    notifications: Days | UnsetType = UNSET
    events: Days | UnsetType = UNSET
    answers: Days | UnsetType = UNSET


assert RetentionPatch.__struct_fields__ == tuple(one.name for one in AGING)


def _out(found: Iterable[tuple[Aging, int]]) -> AgingListOut:
    return AgingListOut(
        [AgingOut(one.name, days, one.days_min, one.removed) for one, days in found]
    )


@get("/settings/retention", responses=SIGNED_IN)
async def get_retention(caller: Given[Caller], staff_ports: Given[Ports]) -> AgingListOut:
    """List what ages, and for how many days the shop keeps it. The record of money is no class."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        return _out(await queries.days(tx))


@patch("/settings/retention", responses=SIGNED_IN)
async def patch_retention(
    data: JSONBody[RetentionPatch], caller: Given[Caller], staff_ports: Given[Ports]
) -> AgingListOut:
    """Keep what ages for longer or shorter; never for less than its minimum."""
    return _out(await change_retention(staff_ports, caller, fields(data)))


router: Final = Router(
    "/", route_handlers=[get_retention, patch_retention], tags=["Sign in and shop"]
)
