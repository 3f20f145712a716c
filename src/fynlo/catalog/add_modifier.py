"""Add something that can be chosen with a product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo import staff
from fynlo.catalog import queries, store_modifiers
from fynlo.catalog.announce import MenuTold, menu_updated
from fynlo.kernel.errors import Invalid, must_be_the_same
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


async def add_modifier(
    ports: Ports, caller: Caller, modifier_id: UUID | None, wish: Mapping[str, Any]
) -> Made[Row]:
    """Add a modifier as `wish` says by its columns; with an id, saying it again changes nothing.

    Raises `Invalid` for a currency that no location sells in, `IdReused` when the id names what
    is, or has become, another one.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await staff.admit(tx, caller, Permission.CATALOG_MANAGE, now)
        modifier_id = modifier_id or uuid7(now)
        if not await queries.sells_in(tx, wish["currency"]):
            raise Invalid.at("/currency", f"No location sells in {wish['currency']}.")
        is_new = await store_modifiers.insert_modifier(tx, modifier_id, wish, now)
        if is_new:
            act = Act("modifier.added", "modifier", modifier_id, after=wish)
            audit.record(tx, now, caller, act)
            menu_updated(tx, now, MenuTold(1, modifier_id=modifier_id))
        (made,) = await queries.modifiers(tx, modifier_id)
        must_be_the_same(made, wish)
        return Made(made, is_replay=not is_new)
