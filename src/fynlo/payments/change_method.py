"""Change how a payment method works: its name, its limits, whether it is taken at all."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from fynlo import staff
from fynlo.kernel.errors import NotFound, must_be_at
from fynlo.payments import store_methods
from fynlo.platform import audit
from fynlo.platform.audit import Act
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
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await staff.admit(tx, caller, Permission.SETTINGS_MANAGE, now)
        was = await store_methods.lock_method(tx, method_id)
        if was is None:
            raise NotFound(f"There is no payment method {method_id}.")
        must_be_at(was.version, version)
        after = was.change(wish)
        store_methods.save_method(tx, after)
        before, told = audit.changed(_plain(was), _plain(after))
        act = Act("payment_method.changed", "payment_method", method_id, before, told)
        audit.record(tx, now, caller, act)
        return after


def _plain(method: Method) -> dict[str, Any]:
    """Return a method as an entry of the audit trail tells it."""
    plain: dict[str, Any] = msgspec.to_builtins(asdict(method))
    return plain
