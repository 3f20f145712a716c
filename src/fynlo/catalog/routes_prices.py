"""The history of prices over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from fynlo.catalog import queries
from fynlo.catalog.model.price import PriceChange
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import LIMIT_DEFAULT, Given, Limit, Moment, decode_cursor, encode_cursor
from fynlo.staff import Caller, Permission, admit
from fynlo.staff.ports import StaffPorts


class PriceOut(msgspec.Struct, frozen=True):
    """A price in minor units of its currency."""

    price: int
    currency: str


class PriceChangeOut(msgspec.Struct, frozen=True):
    """One change of a product's price; `old` is `null` when the product was new."""

    id: UUID
    at: datetime
    by: UUID | None
    old: PriceOut | None
    new: PriceOut
    reason: str | None
    import_id: UUID | None


class PriceChangeList(msgspec.Struct, frozen=True):
    """A page of changes, the latest first."""

    items: list[PriceChangeOut]
    next: str | None


def _out(change: PriceChange) -> PriceChangeOut:
    old, why = change.old, change.why
    return PriceChangeOut(
        id=change.id,
        at=change.at,
        by=why.by,
        old=None if old is None else PriceOut(old.minor, old.currency.code),
        new=PriceOut(change.new.minor, change.new.currency.code),
        reason=why.reason,
        import_id=why.import_id,
    )


@get("/products/{product_id:uuid}/prices", responses=SIGNED_IN)
async def list_prices(
    *,
    product_id: FromPath[UUID],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
    limit: Limit = LIMIT_DEFAULT,
    after: FromQuery[str | None] = None,
) -> PriceChangeList:
    """List what a product has cost, with who changed it and why, the latest first."""
    place = decode_cursor(after, tuple[Moment, UUID])
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.CATALOG_MANAGE, staff_ports.clock.now())
        await queries.product_of(tx, product_id)
        found = await queries.prices(tx, product_id, place, limit + 1)
    page = found[:limit]
    more = encode_cursor(page[-1].at, page[-1].id) if len(found) > limit else None
    return PriceChangeList([_out(one) for one in page], more)


HANDLERS: Final = (list_prices,)
