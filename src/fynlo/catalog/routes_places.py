"""What differs at a location, over HTTP: what is sold out there, and how it is taxed."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT

from fynlo.catalog import queries_places
from fynlo.catalog.mark_available import mark_available
from fynlo.catalog.mark_sold_out import mark_sold_out
from fynlo.catalog.set_location_rate import set_location_rate
from fynlo.platform.database import Row
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import Given, Moment
from fynlo.staff import Caller, admit
from fynlo.staff.ports import StaffPorts


class SoldOutIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when there is none; without `until`, until it is said that there is more."""

    until: Moment | None = None


class SoldOutOut(msgspec.Struct, frozen=True):
    """Something that a location has none left of."""

    product_id: UUID
    name: str
    until: datetime | None
    since: datetime
    by: UUID


class SoldOutList(msgspec.Struct, frozen=True):
    """All that a location has none left of, by name."""

    items: list[SoldOutOut]
    next: str | None = None


class LocationRateIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rate applies instead; `null`: its own."""

    applied_rate_id: UUID | None


class LocationRateOut(msgspec.Struct, frozen=True):
    """How products of a tax rate are taxed at a location."""

    tax_rate_id: UUID
    name: str
    applied_rate_id: UUID | None
    rate_basis_points: int


class LocationRateList(msgspec.Struct, frozen=True):
    """How products of each rate are taxed at a location."""

    items: list[LocationRateOut]
    next: str | None = None


def _sold_out(row: Row) -> SoldOutOut:
    return msgspec.convert(dict(row), SoldOutOut)


def _rate(row: Row) -> LocationRateOut:
    return msgspec.convert(dict(row), LocationRateOut)


@get("/locations/{location_id:uuid}/sold-out", responses=SIGNED_IN)
async def list_sold_out(
    location_id: FromPath[UUID], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> SoldOutList:
    """List what a location has none left of."""
    now = staff_ports.clock.now()
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, now)
        await queries_places.must_be_a_location(tx, location_id)
        rows = await queries_places.sold_out(tx, location_id, now)
    return SoldOutList([_sold_out(row) for row in rows])


@put("/locations/{location_id:uuid}/sold-out/{product_id:uuid}", responses=SIGNED_IN)
async def put_sold_out(
    location_id: FromPath[UUID],
    product_id: FromPath[UUID],
    data: JSONBody[SoldOutIn],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> SoldOutOut:
    """Say that a location has none left. Nobody can order it there; what is ordered stays."""
    row = await mark_sold_out(staff_ports, caller, location_id, product_id, data.until)
    return _sold_out(row)


@delete(
    "/locations/{location_id:uuid}/sold-out/{product_id:uuid}",
    status_code=HTTP_204_NO_CONTENT,
    responses=SIGNED_IN,
)
async def delete_sold_out(
    location_id: FromPath[UUID],
    product_id: FromPath[UUID],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> None:
    """Say that a location has it again."""
    await mark_available(staff_ports, caller, location_id, product_id)


@get("/locations/{location_id:uuid}/tax-rates", responses=SIGNED_IN)
async def list_location_rates(
    location_id: FromPath[UUID], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> LocationRateList:
    """List how products of each tax rate are taxed at a location."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        await queries_places.must_be_a_location(tx, location_id)
        rows = await queries_places.location_rates(tx, location_id)
    return LocationRateList([_rate(row) for row in rows])


@put("/locations/{location_id:uuid}/tax-rates/{rate_id:uuid}", responses=SIGNED_IN)
async def put_location_rate(
    location_id: FromPath[UUID],
    rate_id: FromPath[UUID],
    data: JSONBody[LocationRateIn],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> LocationRateOut:
    """Tax products of one rate by another one at a location, in every order from now on."""
    return _rate(
        await set_location_rate(staff_ports, caller, location_id, rate_id, data.applied_rate_id)
    )


HANDLERS: Final = (
    *(list_sold_out, put_sold_out, delete_sold_out),
    *(list_location_rates, put_location_rate),
)
