"""Add a tax rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo import staff
from fynlo.catalog import queries, store
from fynlo.catalog.announce import MenuTold, menu_updated
from fynlo.kernel.errors import must_be_the_same
from fynlo.kernel.ids import uuid7
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.platform.commands import Made
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def add_tax_rate(
    ports: Ports, caller: Caller, rate_id: UUID | None, wish: Mapping[str, Any]
) -> Made[Row]:
    """Add a tax rate as `wish` says by its columns; with an id, saying it again changes nothing.

    Raises `IdReused` when the id names what is, or has become, another one.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await staff.admit(tx, caller, Permission.CATALOG_MANAGE, now)
        rate_id = rate_id or uuid7(now)
        is_new = await store.insert_tax_rate(
            tx, rate_id, wish["name"], wish["rate_basis_points"], now
        )
        if is_new:
            act = Act("tax_rate.added", "tax_rate", rate_id, after=wish)
            audit.record(tx, now, caller, act)
            menu_updated(tx, now, MenuTold(1, tax_rate_id=rate_id))
        (made,) = await queries.tax_rates(tx, rate_id)
        must_be_the_same(made, wish)
        return Made(made, is_replay=not is_new)
