"""Change a tax rate: its name, how much it is, whether products may be given it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo import staff
from fynlo.catalog import store
from fynlo.catalog.announce import MenuTold, menu_updated
from fynlo.kernel.errors import must_be_at
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def change_tax_rate(
    ports: Ports, caller: Caller, rate_id: UUID, wish: Mapping[str, Any], version: int | None
) -> Row:
    """Change what `wish` names by its columns. Raises `NotFound` and `VersionConflict`.

    Orders keep the rate at which they were priced; lines that are priced from now on have the new
    one. A rate that is not in use is given to no product, and stays where it was given.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await staff.admit(tx, caller, Permission.CATALOG_MANAGE, now)
        was = await store.lock_tax_rate(tx, rate_id)
        must_be_at(was["version"], version)
        after = await store.save_tax_rate(tx, {**was, **wish})
        before, told = audit.changed(was, after)
        act = Act("tax_rate.changed", "tax_rate", rate_id, before, told)
        audit.record(tx, now, caller, act)
        menu_updated(tx, now, MenuTold(after["version"], tax_rate_id=rate_id))
        return after
