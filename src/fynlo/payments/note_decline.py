"""Remember that an order could not be paid; what fails again and again is shown to a manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo import orders
from fynlo.payments import store, store_exceptions
from fynlo.payments.model.exceptions import ExceptionKind
from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.transaction import DECLINE_NOTED

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.orders import Order
    from fynlo.payments.model.transaction import Transaction
    from fynlo.platform.database import Tx


async def note_decline(tx: Tx, order: Order, declined: Transaction, now: datetime) -> None:
    """Write a declined transaction into its order's history, and tell a manager after some.

    The order is locked, so that each is counted once. It stays payable.
    """
    codes = [
        one.decline_code or one.method
        for one in declined.tenders
        if one.state is TenderState.DECLINED
    ]
    orders.note(tx, order, now, declined.staff_id, f"{DECLINE_NOTED}: {', '.join(codes)}")
    others, enough = await store.declines(tx, declined)
    if not 0 < enough <= others + 1:
        return
    detail: dict[str, object] = {
        "order_number": order.number,
        "business_day": order.business_day.isoformat(),
        "declines": others + 1,
        "codes": codes,
    }
    store_exceptions.open_about_order(tx, order.id, ExceptionKind.PAYMENTS_FAILING, detail, now)
