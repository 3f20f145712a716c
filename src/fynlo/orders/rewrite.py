"""Give an order other lines or another discount: whoever edits it, in whatever way, comes here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.kernel.machine import IllegalTransition
from fynlo.kernel.money import total
from fynlo.orders import queries, store
from fynlo.orders.answers import OrderOut, shown
from fynlo.orders.discounts import is_above
from fynlo.orders.lines import LineRequest, Place, Wanted, price
from fynlo.orders.model import OrderIsEmpty, Stage
from fynlo.orders.pricing import show_quantity
from fynlo.orders.save import save
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from fynlo.kernel.ids import LineId, LocationId, OrderId
    from fynlo.kernel.money import Money
    from fynlo.orders.discounts import Discount
    from fynlo.orders.lines import Kept
    from fynlo.orders.model import Order
    from fynlo.orders.pricing import Bill, Item, Line
    from fynlo.platform.database import Tx
    from fynlo.staff import Actor


@dataclass(frozen=True, slots=True)
class Open:
    """An order that is locked and may be changed, and what stands on it."""

    order: Order
    lines: Mapping[LineId, Line]
    discount: Discount | None

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
    actor: Actor,
    before: Open,
    lines: Sequence[LineRequest],
    *,
    discount: Discount | None,
    now: datetime,
) -> OrderOut:
    """Replace all lines and the order's discount; what costs nothing any more is paid at once.

    What was paid in part stays paid, so the order must go on to owe something. Raises
    `OrderIsEmpty` when nothing would be left of a validated order, `Forbidden` for a price or a
    discount that this person may not give, and what `price` raises.
    """
    was = before.order
    if was.stage is Stage.VALIDATED and not lines:
        raise OrderIsEmpty("Cancel the order, or leave something on it.")
    edition = f"line:{was.version}"
    standing = tuple(before.lines.values()) if discount == before.discount else ()
    wanted = Wanted(was.id, lines, discount, actor.staff_id, edition, standing)
    at = Place(was.location_id, was.currency, now)
    bill = await price(tx, wanted, at, before.items)
    allowed = Before(before.items, before.discount_total, was.subtotal)
    await must_be_allowed(tx, actor, was.location_id, bill, allowed)
    was.must_still_owe_at(bill.total)
    store.replace_lines(tx, was, bill, now)
    if discount is None or discount != before.discount:  # One may have been left behind.
        store.set_discount(tx, was.id, discount, actor.staff_id, now)
    changed = await store.read(tx, was.id)
    after = changed.pay_if_free(now)
    await save(tx, after, was=changed, now=now, by=actor.staff_id)
    return await shown(tx, was.id)


@dataclass(frozen=True, slots=True)
class Before:
    """What stood on an order, and what was taken off it: somebody allowed that."""

    items: Kept
    discount_total: Money
    subtotal: Money

    def gave_as_much(self, bill: Bill) -> bool:
        """Whether no more is taken off now, neither in money nor as a share of everything."""
        share_now = bill.discount_total.minor * self.subtotal.minor
        share_then = self.discount_total.minor * bill.subtotal.minor
        return bill.discount_total <= self.discount_total and share_now <= share_then


async def must_be_allowed(
    tx: Tx, actor: Actor, location_id: LocationId, bill: Bill, before: Before
) -> None:
    """Refuse to give away more than before to those who may not: a price, or a discount.

    What somebody else allowed was for what stood there then: more of it is theirs to allow again.
    """
    if Permission.PRICE_OVERRIDE in actor.permissions:
        return
    items = before.items
    if any(_is_more_of_another_price(line.item, items.get(line.id)) for line in bill.lines):
        actor.must(Permission.PRICE_OVERRIDE)
    if not before.gave_as_much(bill):
        limit = await queries.discount_limit(tx, location_id)
        if is_above(limit, discount_total=bill.discount_total, subtotal=bill.subtotal):
            actor.must(Permission.PRICE_OVERRIDE)


def _is_more_of_another_price(item: Item, was: Item | None) -> bool:
    if item.of.override is None:
        return False
    return was is None or was.of != item.of or was.quantity_milli < item.quantity_milli
