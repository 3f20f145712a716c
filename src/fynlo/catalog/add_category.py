"""Add a part of the menu."""

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


async def add_category(
    ports: Ports, caller: Caller, category_id: UUID | None, wish: Mapping[str, Any]
) -> Made[Row]:
    """Add a category as `wish` says by its columns; with an id, saying it again changes nothing.

    Raises `IdReused` when the id names what is, or has become, another one.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await staff.admit(tx, caller, Permission.CATALOG_MANAGE, now)
        category_id = category_id or uuid7(now)
        is_new = await store.insert_category(tx, category_id, wish["name"], wish["position"], now)
        if is_new:
            act = Act("category.added", "category", category_id, after=wish)
            audit.record(tx, now, caller, act)
            menu_updated(tx, now, MenuTold(1, category_id=category_id))
        (made,) = await queries.categories(tx, category_id)
        must_be_the_same(made, wish)
        return Made(made, is_replay=not is_new)
