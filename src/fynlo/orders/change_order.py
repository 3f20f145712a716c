"""Change where an order is served, for how many, and what is taken off all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fynlo import staff
from fynlo.orders import store
from fynlo.orders.allow import Editor
from fynlo.orders.answers import shown
from fynlo.orders.rewrite import opened, rewrite
from fynlo.staff import NOBODY, Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fynlo.kernel.ids import OrderId
    from fynlo.orders.answers import OrderOut
    from fynlo.platform.ports import Ports
    from fynlo.staff import Brought, Caller, Consent


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What changes, for the version that was seen; and what the call brings of somebody else."""

    order_id: OrderId
    version: int
    wish: Mapping[str, Any]
    brought: Brought = NOBODY


async def change_order(ports: Ports, caller: Caller, change: OrderChange) -> OrderOut:
    """Change what the wish names: `table` (so an order moves), `covers`, `discount`.

    `table` and `covers` do not matter to the money, so they can be changed while it is under way
    and once it was paid; a discount cannot. A refused discount leaves the table as it was. Raises
    `VersionConflict`, `IllegalTransition` once the order ended, for a discount what `opened` and
    `rewrite` raise, and `ApprovalRequired`.
    """
    consent = await staff.consent(ports, caller, Permission.ORDERS_CREATE, change.brought)
    return await staff.ask(ports, caller, _change_order(ports, caller, change, consent))


async def _change_order(
    ports: Ports, caller: Caller, change: OrderChange, consent: Consent
) -> OrderOut:
    now, order_id, wish = ports.clock.now(), change.order_id, change.wish
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        was = await store.lock(tx, order_id)
        actor.must_work_at(was.location_id)
        was.must_be_seen_at(change.version)
        seated = was.seat(wish.get("table", was.table), wish.get("covers", was.covers))
        saved = store.seat(tx, seated, was=was, now=now)
        if "discount" not in wish:
            return await shown(tx, order_id)
        before = await opened(tx, actor, order_id, saved.version)
        editor = Editor(actor, caller, consent)
        return await rewrite(
            tx, editor, before, before.as_requests(), discount=wish["discount"], now=now
        )
