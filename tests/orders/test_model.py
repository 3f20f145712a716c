"""Both axes of an order's state, cell by cell, and what money does to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.ids import LocationId, OrderId, StaffId, TaxRateId
from fynlo.kernel.machine import IllegalTransition
from fynlo.kernel.money import Money, currency
from fynlo.orders.model import (
    KITCHEN,
    PAYMENT,
    STAGE,
    KitchenEvent,
    KitchenState,
    MoneyReserved,
    MoneyTaken,
    Order,
    OrderNotPayable,
    PaymentEvent,
    PaymentState,
    Stage,
    StageEvent,
    State,
    state_of,
)

if TYPE_CHECKING:
    from fynlo.kernel.machine import Machine

GBP: Final = currency("GBP")
NOON: Final = datetime(2026, 3, 4, 12, tzinfo=UTC)
LATER: Final = datetime(2026, 3, 4, 13, tzinfo=UTC)
NOTHING: Final = Money(0, GBP)

#           validate    close    invoice   cancel
STAGES: Final = """
draft       validated   -        -         canceled
validated   -           closed   -         canceled
closed      -           -        invoiced  -
invoiced    -           -        -         -
canceled    -           -        -         -
"""
#                    pay_part        pay_in_full  refund_part         refund_all
PAYMENTS: Final = """
unpaid               partially_paid  paid         -                   -
partially_paid       partially_paid  paid         -                   -
paid                 -               -            partially_refunded  refunded
partially_refunded   -               -            partially_refunded  refunded
refunded             -               -            -                   -
"""
#           send       prepare    finish  serve   complete
KITCHENS: Final = """
none        sent       -          -       -       -
sent        sent       preparing  ready   -       -
preparing   preparing  -          ready   -       served
ready       preparing  -          -       served  served
served      sent       -          -       -       -
"""
MACHINES: Final[tuple[tuple[Machine[Any, Any], str, Any, Any], ...]] = (
    (STAGE, STAGES, Stage, StageEvent),
    (PAYMENT, PAYMENTS, PaymentState, PaymentEvent),
    (KITCHEN, KITCHENS, KitchenState, KitchenEvent),
)


@pytest.mark.parametrize(("machine", "table", "states", "events"), MACHINES)
def test_each_event_leads_where_the_table_says_or_nowhere(
    machine: Machine[Any, Any], table: str, states: Any, events: Any
) -> None:
    rows = [line.split() for line in table.strip().splitlines()]
    assert [states(row[0]) for row in rows] == list(states)

    for name, *cells in rows:
        for event, cell in zip(events, cells, strict=True):
            state = states(name)
            assert machine.allows(state, event) is (cell != "-")
            if cell != "-":
                assert machine.next(state, event) is states(cell)
                continue
            with pytest.raises(IllegalTransition) as refusal:
                machine.next(state, event)
            assert refusal.value.facts == {
                "machine": machine.name,
                "from": name,
                "event": event.value,
            }


WORDS: Final[dict[tuple[Stage, PaymentState | None, KitchenState | None], State]] = {
    (Stage.DRAFT, None, None): State.DRAFT,
    (Stage.CLOSED, None, None): State.DONE,
    (Stage.INVOICED, None, None): State.INVOICED,
    (Stage.CANCELED, None, None): State.CANCELED,
    (Stage.VALIDATED, PaymentState.UNPAID, None): State.VALIDATED,
    (Stage.VALIDATED, PaymentState.PARTIALLY_PAID, None): State.PARTIALLY_PAID,
    **{
        (Stage.VALIDATED, paid, kitchen): word
        for paid, (kitchen, word) in product(
            (PaymentState.PAID, PaymentState.PARTIALLY_REFUNDED, PaymentState.REFUNDED),
            (
                (KitchenState.NONE, State.PAID),
                (KitchenState.SENT, State.PAID),
                (KitchenState.PREPARING, State.PREPARING),
                (KitchenState.READY, State.READY),
                (KitchenState.SERVED, State.DONE),
            ),
        )
    },
}
CELLS: Final = tuple(product(Stage, PaymentState, KitchenState))


def word(stage: Stage, payment: PaymentState, kitchen: KitchenState) -> State:
    """Look the public word up, from the coarsest axis to the finest."""
    places = ((stage, None, None), (stage, payment, None), (stage, payment, kitchen))
    (found,) = [WORDS[place] for place in places if place in WORDS]
    return found


def test_every_place_on_both_axes_has_its_one_public_word() -> None:
    assert len(CELLS) == 125

    for cell in CELLS:
        assert state_of(*cell) is word(*cell), cell
    assert set(WORDS.values()) == set(State)


def an_order(total: int = 1000, **more: Any) -> Order:
    unknown = UUID(int=0)
    made = Order(
        id=OrderId(unknown),
        location_id=LocationId(unknown),
        register_id=None,
        business_day=date(2026, 3, 4),
        number=1,
        stage=Stage.VALIDATED,
        payment_state=PaymentState.UNPAID,
        kitchen_state=KitchenState.NONE,
        table=None,
        covers=None,
        currency=GBP,
        subtotal=Money(total, GBP),
        discount_total=NOTHING,
        tax_total=NOTHING,
        total=Money(total, GBP),
        tax_by_rate={},
        needs_preparation=False,
        paid=NOTHING,
        reserved=NOTHING,
        refunded=NOTHING,
        refunded_before_paid=NOTHING,
        tip_total=NOTHING,
        content_hash=b"",
        version=1,
        created_by=StaffId(unknown),
        created_at=NOON,
        updated_at=NOON,
    )
    sums = {key: Money(value, GBP) for key, value in more.items() if type(value) is int}
    return replace(made, **{**more, **sums})


@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_an_order_takes_money_while_it_is_fixed_and_not_paid(
    cell: tuple[Stage, PaymentState, KitchenState],
) -> None:
    stage, payment, kitchen = cell
    order = an_order(stage=stage, payment_state=payment, kitchen_state=kitchen)

    if order.state in {State.VALIDATED, State.PARTIALLY_PAID}:
        order.must_be_payable()
        return
    with pytest.raises(OrderNotPayable) as refusal:
        order.must_be_payable()
    assert refusal.value.facts == {"state": word(*cell).value}


@pytest.mark.parametrize(
    ("sums", "outstanding"),
    [
        ({}, 1000),
        ({"paid": 400}, 600),
        ({"reserved": 400}, 600),
        ({"paid": 300, "reserved": 700}, 0),
        ({"paid": 400, "tip_total": 100}, 600),
        ({"paid": 400, "refunded": 400, "refunded_before_paid": 400}, 1000),
        ({"paid": 400, "reserved": 900}, 0),
        ({"paid": 1000, "payment_state": PaymentState.PAID}, 0),
        ({"paid": 1000, "refunded": 1000, "payment_state": PaymentState.REFUNDED}, 0),
        ({"paid": 9, "payment_state": PaymentState.PARTIALLY_REFUNDED}, 0),
    ],
)
def test_what_is_owed_counts_reserved_money_as_taken_and_is_nothing_once_paid(
    sums: dict[str, Any], outstanding: int
) -> None:
    assert an_order(**sums).outstanding == Money(outstanding, GBP)


def test_a_part_and_then_the_rest_pay_an_order_once() -> None:
    part = an_order().receive(Money(400, GBP), Money(50, GBP), NOON)
    whole = part.receive(Money(600, GBP), NOTHING, LATER)

    assert (part.state, part.is_paid, part.paid_at) == (State.PARTIALLY_PAID, False, None)
    assert (part.paid, part.tip_total) == (Money(400, GBP), Money(50, GBP))
    assert (whole.state, whole.stage, whole.paid_at) == (State.DONE, Stage.CLOSED, LATER)
    assert (whole.paid, whole.tip_total) == (Money(1000, GBP), Money(50, GBP))
    with pytest.raises(IllegalTransition):
        whole.receive(Money(1, GBP), NOTHING, LATER)


def test_money_given_back_before_it_was_paid_is_owed_again() -> None:
    order = an_order(paid=400, refunded=400, refunded_before_paid=400)

    assert order.receive(Money(600, GBP), NOTHING, NOON).state is State.PARTIALLY_PAID
    assert order.receive(Money(1000, GBP), NOTHING, NOON).state is State.DONE


@pytest.mark.parametrize(
    ("kitchen", "prepared", "after", "state"),
    [
        (KitchenState.NONE, False, KitchenState.NONE, State.DONE),
        (KitchenState.NONE, True, KitchenState.SENT, State.PAID),
        (KitchenState.SENT, True, KitchenState.SENT, State.PAID),
        (KitchenState.PREPARING, True, KitchenState.PREPARING, State.PREPARING),
        (KitchenState.READY, True, KitchenState.READY, State.READY),
        (KitchenState.SERVED, True, KitchenState.SERVED, State.DONE),
    ],
)
def test_a_paid_order_goes_to_the_kitchen_unless_it_was_there(
    kitchen: KitchenState, *, prepared: bool, after: KitchenState, state: State
) -> None:
    order = an_order(kitchen_state=kitchen, needs_preparation=prepared)

    paid = order.receive(Money(1000, GBP), NOTHING, NOON)

    assert (paid.kitchen_state, paid.state) == (after, state)
    assert (paid.stage is Stage.CLOSED) is (kitchen is KitchenState.NONE and not prepared)


def test_what_is_paid_and_served_is_done_and_nothing_else_moves_the_stage() -> None:
    for stage, paid, kitchen in CELLS:
        order = an_order(stage=stage, payment_state=paid)

        moved = order.in_kitchen(kitchen)

        is_done = order.is_paid and stage is Stage.VALIDATED and kitchen is KitchenState.SERVED
        assert moved.kitchen_state is kitchen
        assert moved.stage is (Stage.CLOSED if is_done else stage)


def test_tr85_the_kitchen_works_on_fixed_orders_and_completes_paid_ones() -> None:
    for stage, paid, event in product(Stage, PaymentState, KitchenEvent):
        order = an_order(stage=stage, payment_state=paid)
        if stage is Stage.VALIDATED and (order.is_paid or event is not KitchenEvent.COMPLETE):
            order.must_be_open_to_the_kitchen(event)
            continue
        with pytest.raises(IllegalTransition) as refusal:
            order.must_be_open_to_the_kitchen(event)
        assert refusal.value.facts == {
            "machine": "order",
            "from": order.state.value,
            "event": event.value,
        }


@pytest.mark.parametrize("stage", Stage)
def test_only_what_is_done_is_invoiced(stage: Stage) -> None:
    order = an_order(stage=stage, payment_state=PaymentState.PAID)

    if stage is Stage.CLOSED:
        assert order.invoice() == replace(order, stage=Stage.INVOICED)
        return
    with pytest.raises(IllegalTransition) as refusal:
        order.invoice()
    assert refusal.value.facts["event"] == "invoice"


@pytest.mark.parametrize("stage", Stage)
def test_only_a_draft_is_validated_and_nothing_done_is_canceled(stage: Stage) -> None:
    order = an_order(stage=stage)

    if stage is Stage.DRAFT:
        assert order.validate(NOON) == replace(order, stage=Stage.VALIDATED)
    else:
        with pytest.raises(IllegalTransition):
            order.validate(NOON)
    if stage in {Stage.DRAFT, Stage.VALIDATED}:
        assert order.cancel() == replace(order, stage=Stage.CANCELED)
    else:
        with pytest.raises(IllegalTransition):
            order.cancel()


def test_what_costs_nothing_is_paid_when_it_is_validated() -> None:
    free = an_order(0, stage=Stage.DRAFT)

    done = free.validate(NOON)
    sent = replace(free, needs_preparation=True).validate(NOON)

    assert (done.state, done.payment_state, done.paid_at) == (State.DONE, PaymentState.PAID, NOON)
    assert (sent.state, sent.kitchen_state) == (State.PAID, KitchenState.SENT)


def test_an_order_with_money_in_it_is_neither_changed_nor_canceled() -> None:
    reserved, taken = an_order(reserved=1), an_order(paid=1, reserved=1)
    free = an_order(0, payment_state=PaymentState.PAID, kitchen_state=KitchenState.SENT)

    with pytest.raises(MoneyReserved) as refusal:
        reserved.cancel()
    assert refusal.value.facts == {"amount_reserved": 1}
    for order, amount in ((taken, 1), (free, 0)):
        with pytest.raises(MoneyTaken) as refused:
            order.cancel()
        assert refused.value.facts == {"amount_paid": amount}


def test_more_than_was_reserved_is_never_released() -> None:
    order = an_order().reserve(Money(300, GBP)).reserve(Money(200, GBP))

    assert order.release(Money(300, GBP)).reserved == Money(200, GBP)
    with pytest.raises(AssertionError):
        order.release(Money(501, GBP))


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(0, 50)), min_size=1, max_size=8),
    st.integers(1, 2000),
)
def test_payments_in_any_parts_leave_exactly_the_rest(
    parts: list[tuple[int, int]], total: int
) -> None:
    order, taken = an_order(total), 0

    for amount, tip in parts:
        if order.is_paid:
            break
        taken += amount
        order = order.receive(Money(amount, GBP), Money(tip, GBP), NOON)
        assert order.outstanding == Money(max(0, total - taken), GBP)
        assert order.is_paid is (taken >= total)


def test_sales_are_what_is_left_of_the_total_without_any_tax() -> None:
    rates = {TaxRateId(UUID(int=n)): Money(n, GBP) for n in (1, 20)}

    assert an_order(tax_by_rate=rates).sales == Money(979, GBP)
    assert an_order().sales == Money(1000, GBP)
