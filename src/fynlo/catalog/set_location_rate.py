"""Let products of one tax rate be taxed by another one at a location."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.catalog import queries, queries_places, store_places
from fynlo.catalog.announce import MenuTold, menu_updated
from fynlo.kernel.errors import Invalid, NotFound
from fynlo.kernel.ids import LocationId
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import Permission

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.platform.database import Row, Tx
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def set_location_rate(
    ports: Ports, caller: Caller, location_id: UUID, rate_id: UUID, applied_rate_id: UUID | None
) -> Row:
    """Apply another rate there, or none but its own; lines that are priced from now on obey.

    The rate that applies is applied as it is: what may stand for *it* there does not count. Saying
    the same again changes nothing. Raises `NotFound`, `Forbidden` for who works elsewhere, and
    `Invalid` for a rate that is not there, not in use, or the same one.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.CATALOG_MANAGE, now)
        await queries_places.must_be_a_location(tx, location_id)
        rates = await queries.tax_rates(tx, rate_id)
        if not rates:
            raise NotFound(f"There is no tax rate {rate_id}.")
        actor.must_work_at(LocationId(location_id))
        if applied_rate_id is None:
            is_new = await store_places.apply_no_other_rate(tx, location_id, rate_id)
        else:
            await _must_apply(tx, rate_id, applied_rate_id)
            is_new = await store_places.apply_rate(tx, location_id, rate_id, applied_rate_id)
        if is_new:
            act = Act(
                "tax_rate.applied",
                "tax_rate",
                rate_id,
                after={"applied_rate_id": applied_rate_id},
                location_id=location_id,
            )
            audit.record(tx, now, caller, act)
            told = MenuTold(rates[0]["version"], tax_rate_id=rate_id, location_id=location_id)
            menu_updated(tx, now, told)
        (row,) = await queries_places.location_rates(tx, location_id, rate_id)
        return row


async def _must_apply(tx: Tx, rate_id: UUID, applied_rate_id: UUID) -> None:
    """Refuse a rate that cannot stand for another."""
    active = await store_places.hold_rate(tx, applied_rate_id)
    if active is None:
        fault = f"There is no tax rate {applied_rate_id}."
    elif not active:
        fault = f"The tax rate {applied_rate_id} is not in use."
    elif applied_rate_id == rate_id:
        fault = "A rate stands for itself: say null."
    else:
        return
    raise Invalid.at("/applied_rate_id", fault)
