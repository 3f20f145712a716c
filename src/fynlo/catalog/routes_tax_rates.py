"""Tax rates over HTTP."""

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
from fynlo.catalog.add_tax_rate import add_tax_rate
from fynlo.catalog.change_tax_rate import change_tax_rate
from fynlo.kernel.errors import NotFound
from fynlo.platform.body import Line, Version, changes, fields
from fynlo.platform.database import Row
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import FEW_MAX, Given, LimitOfFew, decode_cursor, encode_cursor, made
from fynlo.staff import Caller, admit
from fynlo.staff.ports import StaffPorts

BasisPoints = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class TaxRateIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tax rate to add, in basis points: 2000 is 20 %."""

    name: Line
    rate_basis_points: BasisPoints
    id: UUID | None = None


class TaxRatePatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change. With `version`, only if nobody was faster."""

    version: Version | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    rate_basis_points: BasisPoints | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class TaxRateOut(msgspec.Struct, frozen=True):
    """A tax rate in basis points: 2000 is 20 %."""

    id: UUID
    name: str
    rate_basis_points: int
    active: bool
    version: int
    created_at: datetime


class TaxRateList(msgspec.Struct, frozen=True):
    """A page of tax rates, the highest first."""

    items: list[TaxRateOut]
    next: str | None


def _out(row: Row) -> TaxRateOut:
    return msgspec.convert(dict(row), TaxRateOut)


@get("/tax-rates", responses=SIGNED_IN)
async def list_tax_rates(
    *,
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
    limit: LimitOfFew = FEW_MAX,
    after: FromQuery[str | None] = None,
) -> TaxRateList:
    """List the tax rates."""
    place = decode_cursor(after, tuple[BasisPoints, str, UUID])
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.tax_rates(tx, after=place, limit=limit + 1)
    page = rows[:limit]
    more = (
        encode_cursor(page[-1]["rate_basis_points"], page[-1]["name"], page[-1]["id"])
        if len(rows) > limit
        else None
    )
    return TaxRateList([_out(row) for row in page], more)


@get("/tax-rates/{rate_id:uuid}", responses=SIGNED_IN)
async def get_tax_rate(
    rate_id: FromPath[UUID],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> TaxRateOut:
    """Show one tax rate."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.tax_rates(tx, rate_id)
    if not rows:
        raise NotFound(f"There is no tax rate {rate_id}.")
    return _out(rows[0])


@post("/tax-rates", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def create_tax_rate(
    data: JSONBody[TaxRateIn],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> Response[TaxRateOut]:
    """Add a tax rate; the same `id` and content again is harmless."""
    added = await add_tax_rate(staff_ports, caller, data.id, fields(data))
    return made(_out(added.thing), is_replay=added.is_replay)


@patch("/tax-rates/{rate_id:uuid}", responses=SIGNED_IN)
async def patch_tax_rate(
    rate_id: FromPath[UUID],
    data: JSONBody[TaxRatePatch],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> TaxRateOut:
    """Change the fields given, for every order from now on."""
    wish, version = changes(data)
    return _out(await change_tax_rate(staff_ports, caller, rate_id, wish, version))


HANDLERS: Final = (list_tax_rates, get_tax_rate, create_tax_rate, patch_tax_rate)
