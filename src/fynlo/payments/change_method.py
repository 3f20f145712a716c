"""Change how a payment method works: its name, its limits, whether it is taken at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo import staff
from fynlo.kernel.errors import NotFound, must_be_at
from fynlo.payments import store_methods
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.payments.model.methods import Method
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def change_method(
    ports: Ports, caller: Caller, method_id: UUID, wish: Mapping[str, Any], version: int | None
) -> Method:
    """Change the fields of `wish`, which are those of `Method`; the next payment obeys them.

    Raises `NotFound`, `Invalid`, and `VersionConflict` when `version` is given and old.
    """
    async with ports.db.transaction(caller.merchant_id) as tx:
        await staff.admit(tx, caller, Permission.SETTINGS_MANAGE, ports.clock.now())
        was = await store_methods.lock_method(tx, method_id)
        if was is None:
            raise NotFound(f"There is no payment method {method_id}.")
        must_be_at(was.version, version)
        after = was.change(wish)
        store_methods.save_method(tx, after)
        return after
