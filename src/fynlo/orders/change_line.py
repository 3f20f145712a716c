"""Change one line, or take it off, for the version of it that the till has seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fynlo import staff
from fynlo.kernel.errors import NotFound, VersionConflict
from fynlo.orders.allow import Editor
from fynlo.orders.answers import line_out
from fynlo.orders.rewrite import as_request, opened, rewrite
from fynlo.staff import NOBODY, Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fynlo.kernel.ids import LineId, OrderId
    from fynlo.orders.answers import OrderOut
    from fynlo.orders.rewrite import Open
    from fynlo.platform.ports import Ports
    from fynlo.staff import Brought, Caller, Consent


@dataclass(frozen=True, slots=True)
class LineChange:
    """Which line, as it was seen, and what of it changes; None takes it off.

    `brought` is what the call brings of somebody who may allow it.
    """

    line_id: LineId
    version: int
    wish: Mapping[str, Any] | None
    brought: Brought = NOBODY


async def change_line(
    ports: Ports, caller: Caller, order_id: OrderId, change: LineChange
) -> OrderOut:
    """Change what the wish names of one line; changes of other lines are not in its way.

    Raises `NotFound` for a line that is not there, `VersionConflict` with the line as it is now
    when somebody was faster, what `opened` and `rewrite` raise, and `ApprovalRequired`.
    """
    consent = await staff.consent(ports, caller, Permission.ORDERS_CREATE, change.brought)
    return await staff.ask(ports, caller, _change_line(ports, caller, order_id, change, consent))


async def _change_line(
    ports: Ports, caller: Caller, order_id: OrderId, change: LineChange, consent: Consent
) -> OrderOut:
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        before = await opened(tx, actor, order_id, None)
        _must_be_as_seen(before, change)
        wanted = []
        for item in before.items.values():
            if item.id != change.line_id:
                wanted.append(as_request(item))
            elif change.wish is not None:
                wanted.append(replace(as_request(item), **change.wish))
        editor = Editor(actor, caller, consent)
        return await rewrite(tx, editor, before, wanted, discount=before.discount, now=now)


def _must_be_as_seen(before: Open, change: LineChange) -> None:
    line = before.lines.get(change.line_id)
    if line is None:
        message = f"There is no line {change.line_id} on this order."
        raise NotFound(message)
    if line.item.version != change.version:
        message = f"The line is at version {line.item.version}."
        raise VersionConflict(message, version=line.item.version, line=line_out(line))
