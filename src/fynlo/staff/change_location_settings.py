"""Let other rules hold at one location."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.kernel.errors import must_be_at
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import queries, store_places
from fynlo.staff.admit import admit
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller
    from fynlo.staff.queries import LocationRules


async def change_location_settings(
    ports: Ports, caller: Caller, location_id: UUID, wish: Mapping[str, Any], version: int | None
) -> LocationRules:
    """Change the location's own rules by their columns; None gives one up for the merchant's.

    The next call there obeys. Raises `NotFound`, and `VersionConflict` when `version` is given and
    old.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.SETTINGS_MANAGE, now)
        was = await store_places.lock_location_settings(tx, location_id, now)
        must_be_at(was["version"], version)
        store_places.save_location_settings(tx, {**was, **wish}, now)
        before, told = audit.changed(was, {**was, **wish})
        act = Act("location_settings.changed", "location", location_id, before, told)
        audit.record(tx, now, caller, act)
        return await queries.location_rules(tx, location_id)
