"""Change the rules of the shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.kernel.errors import must_be_at
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import queries, store
from fynlo.staff.admit import admit
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def change_settings(
    ports: Ports, caller: Caller, wish: Mapping[str, Any], version: int | None
) -> Row:
    """Change the settings named in `wish` by their columns; the next call obeys them.

    Raises `VersionConflict` when `version` is given and old.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.SETTINGS_MANAGE, now)
        was = await store.lock_settings(tx)
        must_be_at(was["version"], version)
        store.save_settings(tx, {**was, **wish}, now)
        before, told = audit.changed(was, {**was, **wish})
        act = Act("settings.changed", "merchant", tx.merchant_id, before, told)
        audit.record(tx, now, caller, act)
        return await queries.settings(tx)
