"""What people read of what differs at a location."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Row, Tx


async def must_be_a_location(tx: Tx, location_id: UUID) -> None:
    """Refuse a location that is not there with `NotFound`."""
    if not await tx.fetchval(
        "select true from locations where merchant_id = $1 and id = $2",
        *(tx.merchant_id, location_id),
    ):
        raise NotFound(f"There is no location {location_id}.")


async def sold_out(
    tx: Tx, location_id: UUID, now: datetime, product_id: UUID | None = None
) -> list[Row]:
    """List what a location has none left of, by name, or the one."""
    return await tx.fetch(
        """
        select s.product_id, p.name, s.until, s.since, s.by_staff as by
        from sold_out s
        join products p on p.merchant_id = s.merchant_id and p.id = s.product_id
        where s.merchant_id = $1 and s.location_id = $2 and (s.until is null or s.until > $3)
          and ($4::uuid is null or s.product_id = $4)
        order by p.name, p.id
        """,
        *(tx.merchant_id, location_id, now, product_id),
    )


async def location_rates(tx: Tx, location_id: UUID, rate_id: UUID | None = None) -> list[Row]:
    """List how products of each rate are taxed at a location, or of the one."""
    return await tx.fetch(
        """
        select r.id as tax_rate_id, r.name, l.applied_rate_id,
          coalesce(a.rate_basis_points, r.rate_basis_points) as rate_basis_points
        from tax_rates r
        left join location_tax_rates l on l.merchant_id = r.merchant_id and l.tax_rate_id = r.id
          and l.location_id = $2
        left join tax_rates a on a.merchant_id = r.merchant_id and a.id = l.applied_rate_id
        where r.merchant_id = $1 and ($3::uuid is null or r.id = $3)
        order by r.rate_basis_points desc, r.name, r.id
        """,
        *(tx.merchant_id, location_id, rate_id),
    )
