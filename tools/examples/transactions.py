"""Transactions: paid, declined, waiting for a bank, lost and found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tools.examples.orders import OTHER_TILL, fixed, lines, order, taken
from tools.examples.script import Call, named

if TYPE_CHECKING:
    from tools.examples.script import Step
    from tools.examples.stage import Stage

_ASKS: Final = "pm_card_authenticationRequired"
_NO: Final = "pm_card_visa_chargeDeclined"
_PROCESS: Final = "POST /transactions/process"


def _order(name: str, *dishes: str, **where: str) -> tuple[Call, Call]:
    return taken(name, *dishes, **where), fixed(name)


def _pays(name: str, *payments: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"order_id": str(named(name)), "payments": list(payments), **more}


def _cash(amount: int, **more: int) -> dict[str, Any]:
    return {"method": "cash", "amount": amount, **more}


def _card(amount: int, of: str = "pm_card_visa", **more: int) -> dict[str, Any]:
    return {"method": "card", "amount": amount, "payment_method_id": of, **more}


def _refused(title: str, body: dict[str, Any], status: int = 422, by: str = "cashier") -> Call:
    return Call(to=_PROCESS, title=title, body=body, status=status, by=by)


async def _bank_says_yes(stage: Stage) -> None:
    waiting = stage.said["The bank asks the customer"]["transaction"]["payments"]
    await stage.shop.provider.answer(waiting[0]["provider_reference"], "succeed")


async def _bank_says_no(stage: Stage) -> None:
    waiting = stage.said["Another customer is asked"]["transaction"]["payments"]
    await stage.shop.provider.answer(waiting[0]["provider_reference"], "fail")


async def _lose_the_answer(stage: Stage) -> None:
    await stage.shop.provider.fault("lost_answer")


async def _break_the_line(stage: Stage) -> None:
    await stage.shop.provider.fault("connection_reset")


async def _break_the_line_for_good(stage: Stage) -> None:
    await stage.shop.provider.fault("connection_reset", "/v1/payment_intents/")


async def _find_the_truth(stage: Stage) -> None:
    await stage.resolve()


async def _a_day_later(stage: Stage) -> None:
    stage.clock.advance(86_400)
    await stage.resolve()


_PAID: Final[tuple[Step, ...]] = (
    *_order("A coffee", "Flat white"),
    Call(
        to=_PROCESS,
        title="Cash with change",
        body=_pays("A coffee", _cash(350, tendered=1000)),
        denied="kitchen",
    ),
    Call(
        to=_PROCESS,
        title="A part in cash, the rest by card with a tip",
        body=_pays("A table for two", _cash(2000), _card(3450, tip=500)),
    ),
    _refused("It is paid", _pays("A coffee", _cash(350)), 409),
    Call(
        to=_PROCESS,
        title="A key that was used",
        key="Cash with change",
        body=_pays("A coffee", _cash(100)),
        status=422,
    ),
    *_order("Lunch for the office", "Beef burger", "Chips"),
    Call(
        to=_PROCESS,
        title="A voucher for a part",
        body=_pays(
            "Lunch for the office", {"method": "voucher", "amount": 1000, "reference": "V-17"}
        ),
    ),
    _refused(
        "The voucher again",
        _pays("Lunch for the office", {"method": "voucher", "amount": 970, "reference": "V-17"}),
        409,
    ),
    Call(
        to=f"PUT {order('Lunch for the office')}/lines",
        title="Something was paid for it",
        body={"version": 3, "lines": lines("Chips")},
        status=409,
    ),
    Call(
        to=f"POST {order('A coffee')}/cancel",
        title="It is paid",
        body={"reason": "A mistake."},
        status=409,
        by="manager",
    ),
)

_RULES: Final[tuple[Step, ...]] = (
    *_order("Dinner", "Sirloin steak", "Sirloin steak", "Sirloin steak"),
    taken("A draft", "Chips"),
    _refused("It is not fixed yet", _pays("A draft", _cash(450)), 409),
    _refused("No such order", _pays("nothing", _cash(450)), 404),
    _refused("More than is owed", _pays("Dinner", _cash(8000))),
    _refused("Less cash than it pays", _pays("Dinner", _cash(7470, tendered=7000))),
    _refused("Too much change", _pays("Dinner", _cash(7470, tendered=50_000))),
    _refused("No such method", _pays("Dinner", {"method": "meal_card", "amount": 7470})),
    _refused("A method that is not taken", _pays("Dinner", {"method": "apple_pay", "amount": 1})),
    _refused("Less than a card pays", _pays("Dinner", _card(20))),
    _refused("Another currency", _pays("Dinner", _cash(7470), currency="EUR")),
    _refused("No reference", _pays("Dinner", {"method": "voucher", "amount": 7470})),
    _refused("Whose tip is it?", _pays("Dinner", _cash(4000), _cash(3470), tip=500)),
    *_order("At the other till", "Cola", till=OTHER_TILL),
    _refused("No drawer is open", _pays("At the other till", _cash(320))),
    _refused(
        "Another till's drawer",
        _pays("At the other till", _cash(320), drawer_session_id=str(named("The morning's float"))),
    ),
)

METHODS: Final[tuple[Step, ...]] = (
    Call(to="GET /payment-methods?enabled=true", title="What is taken"),
    Call(
        to=f"PATCH /payment-methods/{named('method:3')}",
        title="Vouchers up to 50.00",
        body={"max_amount": 5000, "version": 1},
        by="owner",
        denied="cashier",
    ),
    Call(
        to=f"PATCH /payment-methods/{named('method:3')}",
        title="Somebody was faster",
        body={"max_amount": 2000, "version": 1},
        status=409,
        by="owner",
    ),
    _refused(
        "More than a voucher pays",
        _pays("Dinner", {"method": "voucher", "amount": 7470, "reference": "V-18"}),
    ),
    Call(
        to="PATCH /settings",
        title="No partial payments",
        body={"allow_partial_payments": False},
        by="owner",
        shown=False,
    ),
    _refused("Only a part", _pays("Dinner", _cash(2000))),
    Call(
        to="PATCH /settings",
        title="Partial payments",
        body={"allow_partial_payments": True},
        by="owner",
        shown=False,
    ),
)

_BANKS: Final[tuple[Step, ...]] = (
    Call(
        to=_PROCESS,
        title="The bank asks the customer",
        body=_pays("Dinner", _card(7470, _ASKS)),
        status=202,
    ),
    Call(
        to=f"GET /transactions/{named('The bank asks the customer')}",
        title="It waits for the customer",
    ),
    Call(
        to=f"PUT {order('Dinner')}/lines",
        title="Money is under way",
        body={"version": 3, "lines": lines("Chips")},
        status=409,
    ),
    Call(
        to=f"POST {order('Dinner')}/cancel",
        title="Money is under way",
        body={"reason": "A mistake."},
        status=409,
        by="manager",
    ),
    Call(
        to=f"POST /transactions/{named('The bank asks the customer')}/confirm",
        title="The customer has not answered",
        body={},
        status=202,
        denied="kitchen",
    ),
    _bank_says_yes,
    Call(
        to=f"POST /transactions/{named('The bank asks the customer')}/confirm",
        title="The customer has answered",
        body={},
    ),
    Call(
        to=f"POST /transactions/{named('The bank asks the customer')}/confirm",
        title="A key that was used",
        key="The customer has answered",
        body={"payment_ids": [str(named("none"))]},
        status=422,
    ),
    *_order("Tea", "Pot of tea", "Apple crumble"),
    Call(
        to=_PROCESS,
        title="One of two is declined",
        body=_pays("Tea", _cash(310), _card(710, _NO)),
        status=402,
    ),
    Call(
        to=_PROCESS,
        title="Another customer is asked",
        body=_pays("Tea", _card(1020, _ASKS)),
        status=202,
    ),
    _bank_says_no,
    Call(
        to=f"POST /transactions/{named('Another customer is asked')}/confirm",
        title="The bank said no",
        body={},
        status=402,
    ),
    Call(
        to=_PROCESS,
        title="A transfer that somebody must see",
        body=_pays("Tea", {"method": "bank_transfer", "amount": 1020, "reference": "Tea"}),
        status=202,
    ),
    Call(
        to=f"POST /transactions/{named('A transfer that somebody must see')}/confirm",
        title="The transfer is there",
        body=lambda said: {
            "payment_ids": [
                said["A transfer that somebody must see"]["transaction"]["payments"][0]["id"]
            ]
        },
    ),
)

_GIVEN_UP: Final[tuple[Step, ...]] = (
    *_order("A round", "Pint of lager", "Pint of bitter"),
    Call(
        to=_PROCESS,
        title="Cash beside a card that waits",
        body=_pays("A round", _cash(500, tendered=500), _card(660, _ASKS)),
        status=202,
    ),
    Call(
        to=f"POST /drawers/sessions/{named('''The morning's float''')}/close",
        title="Cash lies beside the drawer",
        body={"left_in_drawer": 10_000, "deposit": 0},
        status=409,
        by="manager",
    ),
    Call(
        to=f"POST /drawers/sessions/{named('''The morning's float''')}/count",
        title="Cash lies beside the drawer",
        body={"counted": 10_000},
        status=409,
    ),
    Call(
        to=f"POST /transactions/{named('Cash beside a card that waits')}/cancel",
        title="The customer left",
        body={"reason": "The customer left."},
        denied="kitchen",
    ),
    Call(
        to=f"POST /transactions/{named('Cash beside a card that waits')}/cancel",
        title="A key that was used",
        key="The customer left",
        body={"reason": "Another reason."},
        status=422,
    ),
    Call(
        to=f"POST /transactions/{named('One of two is declined')}/cancel",
        title="It was declined before",
        body={"reason": "The customer left."},
        status=402,
    ),
    Call(
        to=_PROCESS,
        title="Who leaves in the end",
        body=_pays("A round", _card(1160, _ASKS)),
        status=202,
    ),
    _break_the_line_for_good,
    Call(
        to=f"POST /transactions/{named('Who leaves in the end')}/cancel",
        title="The provider cannot be reached",
        body={"reason": "The customer left."},
        status=202,
    ),
    _find_the_truth,
)

_LOST: Final[tuple[Step, ...]] = (
    *_order("To take home", "Sourdough loaf", "Jar of chutney"),
    _lose_the_answer,
    Call(
        to=_PROCESS,
        title="An answer was lost",
        body=_pays("To take home", _card(910)),
        status=202,
    ),
    Call(to=f"GET {order('To take home')}/explain", title="Why it is not paid yet"),
    _find_the_truth,
    Call(to=f"GET {order('To take home')}/explain", title="Why it is paid"),
    Call(
        to=f"GET /transactions/{named('An answer was lost')}",
        title="The truth was found",
    ),
    Call(
        to=f"GET /transactions/{named('An answer was lost')}/status",
        title="The short form",
    ),
    Call(to="GET /transactions?status=completed&limit=1", title="What was paid"),
)

SCENE: Final[tuple[Step, ...]] = (*_PAID, *_RULES, *METHODS, *_BANKS, *_GIVEN_UP, *_LOST)


async def _two_with_one_key(stage: Stage) -> None:
    body = _pays("At the other till", _card(320))
    await stage.play_twice_at_once(
        Call(to=_PROCESS, title="The first call is still running", body=body, status=409)
    )


NIGHT: Final[tuple[Step, ...]] = (
    *_order("A last drink", "Prosecco, glass"),
    _break_the_line,
    Call(
        to=_PROCESS,
        title="An answer that is never found",
        body=_pays("A last drink", _card(740)),
        status=202,
    ),
    _a_day_later,
    Call(
        to=_PROCESS,
        title="A person must look",
        key="An answer that is never found",
        body=_pays("A last drink", _card(740)),
        status=202,
    ),
    Call(to=f"GET {order('A last drink')}/explain", title="What a person must see to"),
    _two_with_one_key,
)
