"""The parts of the menu over HTTP."""

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
from fynlo.catalog.add_category import add_category
from fynlo.catalog.change_category import change_category
from fynlo.kernel.errors import NotFound
from fynlo.platform.body import Line, Version, changes, fields
from fynlo.platform.database import Row
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import FEW_MAX, Given, LimitOfFew, decode_cursor, encode_cursor, made
from fynlo.staff import Caller, admit
from fynlo.staff.ports import StaffPorts

Position = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class CategoryIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the menu to add; `position` says where it stands."""

    name: Line
    position: Position = 0
    id: UUID | None = None


class CategoryPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change. With `version`, only if nobody was faster."""

    version: Version | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    position: Position | UnsetType = UNSET


class CategoryOut(msgspec.Struct, frozen=True):
    """A part of the menu."""

    id: UUID
    name: str
    position: int
    version: int
    created_at: datetime


class CategoryList(msgspec.Struct, frozen=True):
    """A page of categories, in the menu's order."""

    items: list[CategoryOut]
    next: str | None


def _out(row: Row) -> CategoryOut:
    return msgspec.convert(dict(row), CategoryOut)


@get("/categories", responses=SIGNED_IN)
async def list_categories(
    *,
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
    limit: LimitOfFew = FEW_MAX,
    after: FromQuery[str | None] = None,
) -> CategoryList:
    """List the categories in the menu's order."""
    place = decode_cursor(after, tuple[Position, str, UUID])
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.categories(tx, after=place, limit=limit + 1)
    page = rows[:limit]
    more = (
        encode_cursor(page[-1]["position"], page[-1]["name"], page[-1]["id"])
        if len(rows) > limit
        else None
    )
    return CategoryList([_out(row) for row in page], more)


@get("/categories/{category_id:uuid}", responses=SIGNED_IN)
async def get_category(
    category_id: FromPath[UUID],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> CategoryOut:
    """Show one category."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.categories(tx, category_id)
    if not rows:
        raise NotFound(f"There is no category {category_id}.")
    return _out(rows[0])


@post("/categories", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def create_category(
    data: JSONBody[CategoryIn],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> Response[CategoryOut]:
    """Add a category; the same `id` and content again is harmless."""
    added = await add_category(staff_ports, caller, data.id, fields(data))
    return made(_out(added.thing), is_replay=added.is_replay)


@patch("/categories/{category_id:uuid}", responses=SIGNED_IN)
async def patch_category(
    category_id: FromPath[UUID],
    data: JSONBody[CategoryPatch],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> CategoryOut:
    """Change the fields given."""
    wish, version = changes(data)
    return _out(await change_category(staff_ports, caller, category_id, wish, version))


HANDLERS: Final = (list_categories, get_category, create_category, patch_category)
