"""Give an order other lines or another discount: whoever edits it, in whatever way, comes here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.kernel.machine import IllegalTransition
from fynlo.kernel.money import total
from fynlo.orders import queries, store
from fynlo.orders.allow import Editor, Ground, allow
from fynlo.orders.answers import OrderOut, shown
from fynlo.orders.lines import LineRequest, Place, Wanted, price
from fynlo.orders.model import KitchenState, OrderIsEmpty, Stage
from fynlo.orders.pricing import show_quantity
from fynlo.orders.save import save

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from fynlo.kernel.ids import LineId, OrderId
    from fynlo.kernel.money import Money
    from fynlo.orders.discounts import Discount
    from fynlo.orders.model import Order
    from fynlo.orders.pricing import Item, Line
    from fynlo.platform.database import Tx
    from fynlo.staff import Actor


@dataclass(frozen=True, slots=True)
class Open:
    """An order that is locked and may be changed, and what stands on it."""

    order: Order
    lines: Mapping[LineId, Line]
    discount: Discount | None

    @property
    def ground(self) -> Ground:
        """What decides who may change it how."""
        order = self.order
        return Ground(
            order_id=order.id,
            location_id=order.location_id,
            lines=self.lines,
            discount_total=self.discount_total,
            subtotal=order.subtotal,
            total=order.total,
            kitchen_state=order.kitchen_state.value,
            is_spoken_for=order.kitchen_state is not KitchenState.NONE or bool(order.paid),
            is_fixed=order.stage is not Stage.DRAFT,
        )

    @property
    def items(self) -> dict[LineId, Item]:
        """What stands on it, by the lines' ids."""
        return {line_id: line.item for line_id, line in self.lines.items()}

    @property
    def discount_total(self) -> Money:
        """What its lines bear: an older process left the sum on the order as it was."""
        return total((line.discounts for line in self.lines.values()), self.order.currency)

    def as_requests(self) -> list[LineRequest]:
        """Ask for what stands on it, as it is."""
        return [as_request(item) for item in self.items.values()]


def as_request(item: Item) -> LineRequest:
    """Ask for a line as it is."""
    quantity = show_quantity(item.quantity_milli)
    return LineRequest(item.of.product_id, quantity, item.id, item.note)


async def opened(tx: Tx, actor: Actor, order_id: OrderId, version: int | None) -> Open:
    """Lock an order that may be changed by somebody who works where it is.

    Raises `VersionConflict` when somebody was faster, `IllegalTransition` once it is closed,
    `MoneyReserved` while a payment is under way, and `MoneyTaken` once it is paid.
    """
    was = await store.lock(tx, order_id)
    actor.must_work_at(was.location_id)
    was.must_be_seen_at(version)
    if was.stage not in {Stage.DRAFT, Stage.VALIDATED}:
        raise IllegalTransition(
            f"The order is {was.state}; its lines are fixed.",
            **{"from": was.state.value, "event": "change_lines"},
        )
    was.must_be_open_to_change()
    contents = await queries.contents(tx, was)
    return Open(was, {line.id: line for line in contents.lines}, contents.discount)


async def rewrite(
    tx: Tx,
    editor: Editor,
    before: Open,
    lines: Sequence[LineRequest],
    *,
    discount: Discount | None,
    now: datetime,
) -> OrderOut:
    """Replace all lines and the order's discount; what costs nothing any more is paid at once.

    What was paid in part stays paid, so the order must go on to owe something. Raises
    `OrderIsEmpty` when nothing would be left of a validated order, and what `price` and `allow`
    raise.
    """
    was, actor = before.order, editor.actor
    if was.stage is Stage.VALIDATED and not lines:
        raise OrderIsEmpty("Cancel the order, or leave something on it.")
    edition = f"line:{was.version}"
    standing = tuple(before.lines.values()) if discount == before.discount else ()
    wanted = Wanted(was.id, lines, discount, actor.staff_id, edition, standing)
    at = Place(was.location_id, was.currency, now)
    bill = await price(tx, wanted, at, before.items)
    was.must_still_owe_at(bill.total)
    bill, giver = await allow(tx, editor, before.ground, bill, now)
    store.replace_lines(tx, was, bill, now)
    if discount is None or discount != before.discount:  # One may have been left behind.
        store.set_discount(tx, was.id, discount, giver, now)
    changed = await store.read(tx, was.id)
    after = changed.pay_if_free(now)
    await save(tx, after, was=changed, now=now, by=actor.staff_id)
    return await shown(tx, was.id)
