"""All writing SQL of what differs at a location: what is sold out there, and how it is taxed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import StaffId
    from fynlo.platform.database import Tx


async def set_sold_out(
    tx: Tx,
    location_id: UUID,
    product_id: UUID,
    *,
    until: datetime | None,
    now: datetime,
    by: StaffId,
) -> bool:
    """Note that there is none left; False if that, until the same moment, was known before."""
    changed = await tx.fetchval(
        """
        insert into sold_out (merchant_id, location_id, product_id, until, since, by_staff)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (merchant_id, location_id, product_id) do update
        set until = excluded.until, since = excluded.since, by_staff = excluded.by_staff
        where sold_out.until is distinct from excluded.until
        returning true
        """,
        *(tx.merchant_id, location_id, product_id, until, now, by),
    )
    return changed is not None


async def set_available(tx: Tx, location_id: UUID, product_id: UUID) -> bool:
    """Note that there is more; False if nothing else was known."""
    changed = await tx.fetchval(
        """
        delete from sold_out where merchant_id = $1 and location_id = $2 and product_id = $3
        returning true
        """,
        *(tx.merchant_id, location_id, product_id),
    )
    return changed is not None


async def hold_rate(tx: Tx, rate_id: UUID) -> bool | None:
    """Whether a rate is in use, and stays so until the commit; None if there is none."""
    active: bool | None = await tx.fetchval(
        "select active from tax_rates where merchant_id = $1 and id = $2 for share",
        *(tx.merchant_id, rate_id),
    )
    return active


async def apply_rate(tx: Tx, location_id: UUID, rate_id: UUID, applied_rate_id: UUID) -> bool:
    """Let one rate stand for another at a location; False if it did before."""
    changed = await tx.fetchval(
        """
        insert into location_tax_rates (merchant_id, location_id, tax_rate_id, applied_rate_id)
        values ($1, $2, $3, $4)
        on conflict (merchant_id, location_id, tax_rate_id) do update
        set applied_rate_id = excluded.applied_rate_id
        where location_tax_rates.applied_rate_id <> excluded.applied_rate_id
        returning true
        """,
        *(tx.merchant_id, location_id, rate_id, applied_rate_id),
    )
    return changed is not None


async def apply_no_other_rate(tx: Tx, location_id: UUID, rate_id: UUID) -> bool:
    """Let a rate stand for itself again at a location; False if it did before."""
    changed = await tx.fetchval(
        """
        delete from location_tax_rates
        where merchant_id = $1 and location_id = $2 and tax_rate_id = $3
        returning true
        """,
        *(tx.merchant_id, location_id, rate_id),
    )
    return changed is not None
