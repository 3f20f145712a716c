"""Modifiers over HTTP: what can be chosen with a product."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from fynlo.catalog import queries
from fynlo.catalog.add_modifier import add_modifier
from fynlo.catalog.change_modifier import change_modifier
from fynlo.kernel.errors import NotFound
from fynlo.kernel.money import MINOR_MAX
from fynlo.platform.body import Line, Version, changes
from fynlo.platform.database import Row
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import FEW_MAX, Given, LimitOfFew, decode_cursor, encode_cursor, made
from fynlo.staff import Caller, admit
from fynlo.staff.ports import StaffPorts

Delta = Annotated[int, msgspec.Meta(ge=-MINOR_MAX, le=MINOR_MAX)]
Unit = Annotated[
    str, msgspec.Meta(min_length=3, max_length=3, pattern="^[A-Z]{3}$", examples=["GBP"])
]
_COLUMNS: Final = {"price_delta": "price_delta_minor"}


class ModifierIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to choose; `price_delta` in minor units of `currency`, less than 0 takes off."""

    name: Line
    price_delta: Delta
    currency: Unit
    active: bool = True
    id: UUID | None = None


class ModifierPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; it keeps its currency. With `version`, only if nobody was faster."""

    version: Version | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    price_delta: Delta | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class ModifierOut(msgspec.Struct, frozen=True):
    """Something that can be chosen with a product."""

    id: UUID
    name: str
    price_delta: int
    currency: str
    active: bool
    version: int
    created_at: datetime


class ModifierList(msgspec.Struct, frozen=True):
    """A page of modifiers, by name."""

    items: list[ModifierOut]
    next: str | None


def _out(row: Row) -> ModifierOut:
    return msgspec.convert({**row, "price_delta": row["price_delta_minor"]}, ModifierOut)


@get("/modifiers", responses=SIGNED_IN)
async def list_modifiers(
    *,
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
    limit: LimitOfFew = FEW_MAX,
    after: FromQuery[str | None] = None,
) -> ModifierList:
    """List the modifiers."""
    place = decode_cursor(after, tuple[str, UUID])
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.modifiers(tx, after=place, limit=limit + 1)
    page = rows[:limit]
    more = encode_cursor(page[-1]["name"], page[-1]["id"]) if len(rows) > limit else None
    return ModifierList([_out(row) for row in page], more)


@get("/modifiers/{modifier_id:uuid}", responses=SIGNED_IN)
async def get_modifier(
    modifier_id: FromPath[UUID],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> ModifierOut:
    """Show one modifier."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.modifiers(tx, modifier_id)
    if not rows:
        raise NotFound(f"There is no modifier {modifier_id}.")
    return _out(rows[0])


@post("/modifiers", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def create_modifier(
    data: JSONBody[ModifierIn],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> Response[ModifierOut]:
    """Add a modifier; the same `id` and content again is harmless."""
    wish, _ = changes(data, _COLUMNS)
    added = await add_modifier(staff_ports, caller, data.id, wish)
    return made(_out(added.thing), is_replay=added.is_replay)


@patch("/modifiers/{modifier_id:uuid}", responses=SIGNED_IN)
async def patch_modifier(
    modifier_id: FromPath[UUID],
    data: JSONBody[ModifierPatch],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> ModifierOut:
    """Change the fields given, for every order from now on."""
    wish, version = changes(data, _COLUMNS)
    return _out(await change_modifier(staff_ports, caller, modifier_id, wish, version))


HANDLERS: Final = (list_modifiers, get_modifier, create_modifier, patch_modifier)
