"""Change a part of the menu: its name and its place."""

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


async def change_category(
    ports: Ports, caller: Caller, category_id: UUID, wish: Mapping[str, Any], version: int | None
) -> Row:
    """Change what `wish` names by its columns. Raises `NotFound` and `VersionConflict`."""
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await staff.admit(tx, caller, Permission.CATALOG_MANAGE, now)
        was = await store.lock_category(tx, category_id)
        must_be_at(was["version"], version)
        after = await store.save_category(tx, {**was, **wish})
        before, told = audit.changed(was, after)
        act = Act("category.changed", "category", category_id, before, told)
        audit.record(tx, now, caller, act)
        menu_updated(tx, now, MenuTold(after["version"], category_id=category_id))
        return after
