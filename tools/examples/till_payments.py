"""An existing till's payments: cash, cards, and what is refused or not known yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tools.examples.script import Call
from tools.examples.till_orders import ITEM, LATER, SIDE, at, took

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.examples.script import Step
    from tools.examples.stage import Stage

Said = dict[str, Any]
PAY: Final = "POST /payments/process"
CASH: Final = "POST /payments/cash"
_DECLINES: Final = "pm_card_visa_chargeDeclined"


def pays(title: str, **more: object) -> Callable[[Said], Said]:
    """Pay what an order needs, or another amount."""

    def body(said: Said) -> Said:
        return {"order_id": at(title), "amount": said[title]["data"]["amount_due"], **more}

    return body


async def _lose_the_answer(stage: Stage) -> None:
    await stage.shop.provider.fault("lost_answer")


PAID: Final[tuple[Step, ...]] = (
    Call(
        to=CASH,
        title="Cash for it",
        body={
            "order_id": at("A later body"),
            "amount": 10,
            "received_amount": 20,
            "change_amount": 10,
        },
        denied="kitchen",
    ),
    Call(
        to=f"PATCH {LATER}/status",
        title="There is money in it",
        body={"status": "cancelled"},
        status=409,
        by="manager",
    ),
    Call(
        to=f"POST /till{LATER}/cancel?reason=They%20left",
        title="There is money in it",
        status=409,
        by="manager",
    ),
    Call(
        to=PAY,
        title="The rest by card",
        body=lambda said: {
            "order_id": at("A later body"),
            "amount": said["Cash for it"]["data"]["amount_due"],
            "currency": "GBP",
            "payment_method_id": "pm_card_visa",
            "metadata": {"payment_method": "card", "frontend_source": "mobile"},
        },
        denied="kitchen",
    ),
    Call(
        to=PAY,
        title="It is paid already",
        body={"order_id": at("A later body"), "amount": 1, "payment_method_id": "pm_card_visa"},
        status=409,
    ),
    Call(
        to=CASH,
        title="It is paid already",
        body={"order_id": at("A later body"), "amount": 1, "received_amount": 1},
        status=409,
    ),
    Call(
        to=PAY,
        title="A key that was used",
        key="The rest by card",
        body={"order_id": at("A later body"), "amount": 1, "payment_method_id": "pm_card_visa"},
        status=422,
    ),
    Call(
        to=CASH,
        title="A key that was used",
        key="Cash for it",
        body={"order_id": at("A later body"), "amount": 1, "received_amount": 1},
        status=422,
    ),
    Call(
        to=f"PUT {LATER}",
        title="It is paid",
        body={"items": [SIDE]},
        status=409,
    ),
    Call(to=f"GET /payments/order/{at('A later body')}", title="What was paid for it"),
    Call(to="GET /payments/methods", title="How one can pay"),
    Call(
        to=PAY,
        title="No such order",
        body={"order_id": at("nothing"), "amount": 1, "payment_method_id": "pm_card_visa"},
        status=404,
    ),
    Call(
        to=CASH,
        title="No such order",
        body={"order_id": at("nothing"), "amount": 1, "received_amount": 1},
        status=404,
    ),
    took("Another evening", ITEM),
    Call(
        to=PAY,
        title="More than it costs",
        body={
            "order_id": at("Another evening"),
            "amount": 99,
            "payment_method_id": "pm_card_visa",
        },
        status=422,
    ),
    Call(
        to=PAY,
        title="Too little for a card",
        body={
            "order_id": at("Another evening"),
            "amount": 0.1,
            "payment_method_id": "pm_card_visa",
        },
        status=422,
    ),
    Call(
        to=PAY,
        title="Another currency",
        body={
            "order_id": at("Another evening"),
            "amount": 1,
            "currency": "EUR",
            "payment_method_id": "pm_card_visa",
        },
        status=422,
    ),
    Call(
        to=CASH,
        title="More than it costs",
        body={"order_id": at("Another evening"), "amount": 99, "received_amount": 100},
        status=422,
    ),
    Call(
        to=CASH,
        title="More change than is given",
        body={"order_id": at("Another evening"), "amount": 1, "received_amount": 500},
        status=422,
    ),
    Call(
        to=PAY,
        title="A way of paying that nobody knows",
        body={
            "order_id": at("Another evening"),
            "amount": 1,
            "metadata": {"payment_method": "shells"},
        },
        status=422,
    ),
    Call(
        to=PAY,
        title="A way that is not taken",
        body={
            "order_id": at("Another evening"),
            "amount": 1,
            "metadata": {"payment_method": "apple_pay"},
        },
        status=422,
    ),
    Call(
        to=PAY,
        title="Another currency",
        body={
            "order_id": at("Another evening"),
            "amount": 1,
            "currency": "EUR",
            "payment_method_id": "pm_card_visa",
        },
        status=422,
    ),
    Call(
        to=PAY,
        title="A card that declines",
        body=pays("Another evening", payment_method_id=_DECLINES),
        status=402,
    ),
    _lose_the_answer,
    Call(
        to=PAY,
        title="An answer that is lost",
        body=pays("Another evening", payment_method_id="pm_card_visa"),
        status=202,
    ),
    Call(
        to=f"PUT /orders/{at('Another evening')}",
        title="Money is under way for it",
        body={"items": [SIDE]},
        status=409,
    ),
    Call(
        to=f"PATCH /orders/{at('Another evening')}/status",
        title="Money is under way for it",
        body={"status": "cancelled"},
        status=409,
        by="manager",
    ),
    Call(
        to=f"POST /till/orders/{at('Another evening')}/cancel?reason=Late",
        title="Money is under way for it",
        status=409,
        by="manager",
    ),
    Call(
        to=PAY,
        title="The order is empty",
        body={
            "order_id": at("Nothing ordered yet"),
            "amount": 1,
            "payment_method_id": "pm_card_visa",
        },
        status=422,
    ),
    Call(
        to=CASH,
        title="The order is empty",
        body={"order_id": at("Nothing ordered yet"), "amount": 1, "received_amount": 1},
        status=422,
    ),
)
