"""The writing SQL of orders that are split, and that come together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.orders import store

if TYPE_CHECKING:
    from fynlo.kernel.ids import OrderId
    from fynlo.orders.discounts import Discount
    from fynlo.orders.moves import Moved
    from fynlo.platform.database import Tx


def insert_move(tx: Tx, moved: Moved) -> None:
    """Queue which order gave lines to which."""
    tx.write(
        """
        insert into order_moves (merchant_id, from_order_id, to_order_id, kind, at, by_staff)
        values ($1, $2, $3, $4, $5, $6)
        """,
        *(tx.merchant_id, moved.from_id, moved.to_id, moved.kind, moved.at, moved.by),
    )


def share_discount(tx: Tx, giver: OrderId, taker: OrderId, discount: Discount | None) -> None:
    """Queue that an order has this discount; where it had none, by whoever gave the other's."""
    if discount is None:
        store.drop_discount(tx, taker)
        return
    tx.write(
        """
        insert into order_discounts (merchant_id, order_id, type, value, given_by, given_at)
        select $1, $3, $4, $5, given_by, given_at from order_discounts
        where merchant_id = $1 and order_id = $2
        on conflict (merchant_id, order_id) do update set type = $4, value = $5
        """,
        *(tx.merchant_id, giver, taker, discount.type, discount.value),
    )
