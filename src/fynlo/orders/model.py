"""An order: what is wanted, what it costs, what was paid, and where it stands on both axes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fynlo.kernel.errors import DomainError, Kind, Retry, VersionConflict
from fynlo.kernel.machine import IllegalTransition, Machine
from fynlo.kernel.money import Money, total

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from fynlo.kernel.ids import LocationId, OrderId, RegisterId, StaffId, TaxRateId
    from fynlo.kernel.money import Currency


class Stage(StrEnum):
    """How far the order itself has come."""

    DRAFT = "draft"
    VALIDATED = "validated"
    CLOSED = "closed"
    INVOICED = "invoiced"
    CANCELED = "canceled"


class StageEvent(StrEnum):
    """What can happen to the order itself."""

    VALIDATE = "validate"
    CLOSE = "close"
    INVOICE = "invoice"
    CANCEL = "cancel"


STAGE: Final = Machine(
    "order",
    {
        Stage.DRAFT: {StageEvent.VALIDATE: Stage.VALIDATED, StageEvent.CANCEL: Stage.CANCELED},
        Stage.VALIDATED: {StageEvent.CLOSE: Stage.CLOSED, StageEvent.CANCEL: Stage.CANCELED},
        Stage.CLOSED: {StageEvent.INVOICE: Stage.INVOICED},
        Stage.INVOICED: {},
        Stage.CANCELED: {},
    },
)


class PaymentState(StrEnum):
    """The money's axis."""

    UNPAID = "unpaid"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class PaymentEvent(StrEnum):
    """What can happen to the order's money."""

    PAY_PART = "pay_part"
    PAY_IN_FULL = "pay_in_full"
    REFUND_PART = "refund_part"
    REFUND_ALL = "refund_all"


_P = PaymentState
_E = PaymentEvent

PAYMENT: Final = Machine(
    "order's payment",
    {
        _P.UNPAID: {_E.PAY_PART: _P.PARTIALLY_PAID, _E.PAY_IN_FULL: _P.PAID},
        _P.PARTIALLY_PAID: {_E.PAY_PART: _P.PARTIALLY_PAID, _E.PAY_IN_FULL: _P.PAID},
        _P.PAID: {_E.REFUND_PART: _P.PARTIALLY_REFUNDED, _E.REFUND_ALL: _P.REFUNDED},
        _P.PARTIALLY_REFUNDED: {
            _E.REFUND_PART: _P.PARTIALLY_REFUNDED,
            _E.REFUND_ALL: _P.REFUNDED,
        },
        _P.REFUNDED: {},
    },
)


class KitchenState(StrEnum):
    """The kitchen's axis."""

    NONE = "none"
    SENT = "sent"
    PREPARING = "preparing"
    READY = "ready"
    SERVED = "served"


class KitchenEvent(StrEnum):
    """What can happen in the kitchen."""

    SEND = "send"
    PREPARE = "prepare"
    FINISH = "finish"
    SERVE = "serve"
    COMPLETE = "complete"


_K = KitchenState
_KE = KitchenEvent

KITCHEN: Final = Machine(
    "order's kitchen",
    {
        _K.NONE: {_KE.SEND: _K.SENT},
        _K.SENT: {_KE.SEND: _K.SENT, _KE.PREPARE: _K.PREPARING, _KE.FINISH: _K.READY},
        _K.PREPARING: {
            _KE.SEND: _K.PREPARING,
            _KE.FINISH: _K.READY,
            _KE.COMPLETE: _K.SERVED,
        },
        _K.READY: {
            _KE.SEND: _K.PREPARING,
            _KE.SERVE: _K.SERVED,
            _KE.COMPLETE: _K.SERVED,
        },
        _K.SERVED: {_KE.SEND: _K.SENT},
    },
)


class State(StrEnum):
    """The one word that the public sees for both axes."""

    DRAFT = "draft"
    VALIDATED = "validated"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PREPARING = "preparing"
    READY = "ready"
    DONE = "done"
    INVOICED = "invoiced"
    CANCELED = "canceled"


_OF_STAGE: Final = {
    Stage.DRAFT: State.DRAFT,
    Stage.CLOSED: State.DONE,
    Stage.INVOICED: State.INVOICED,
    Stage.CANCELED: State.CANCELED,
}

_OF_UNPAID: Final = {
    PaymentState.UNPAID: State.VALIDATED,
    PaymentState.PARTIALLY_PAID: State.PARTIALLY_PAID,
}

_OF_KITCHEN: Final = {
    KitchenState.NONE: State.PAID,
    KitchenState.SENT: State.PAID,
    KitchenState.PREPARING: State.PREPARING,
    KitchenState.READY: State.READY,
    KitchenState.SERVED: State.DONE,
}


def state_of(stage: Stage, payment: PaymentState, kitchen: KitchenState) -> State:
    """Tell the public state: the stage where it decides, then the money, then the kitchen."""
    return _OF_STAGE.get(stage) or _OF_UNPAID.get(payment) or _OF_KITCHEN[kitchen]


class OrderNotPayable(DomainError):
    """Only a validated order that is not paid yet takes money."""

    kind = Kind.CONFLICT
    code = "order-not-payable"
    title = "This order takes no payment now."
    retry = Retry.NEVER


class OrderIsEmpty(DomainError):
    """An order without lines cannot be validated."""

    kind = Kind.REFUSED
    code = "order-empty"
    title = "The order has no lines."
    retry = Retry.NEW_KEY


class MoneyReserved(DomainError):
    """Money is under way for the order as it is now."""

    kind = Kind.CONFLICT
    code = "money-reserved"
    title = "A payment of this order is under way."
    retry = Retry.NEW_KEY


class MoneyTaken(DomainError):
    """Money was taken for the order as it is now."""

    kind = Kind.CONFLICT
    code = "money-taken"
    title = "This order was paid, at least in part."
    retry = Retry.NEVER


@dataclass(frozen=True, slots=True)
class Order:
    """The order's own row: what every payment locks, decides upon and saves."""

    id: OrderId
    location_id: LocationId
    register_id: RegisterId | None
    business_day: date
    number: int
    stage: Stage
    payment_state: PaymentState
    kitchen_state: KitchenState
    table: str | None
    covers: int | None
    currency: Currency
    subtotal: Money
    discount_total: Money
    tax_total: Money
    total: Money
    tax_by_rate: Mapping[TaxRateId, Money]
    needs_preparation: bool
    paid: Money
    reserved: Money
    refunded: Money
    refunded_before_paid: Money
    tip_total: Money
    content_hash: bytes
    version: int
    created_by: StaffId
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None = None

    @property
    def state(self) -> State:
        """The public state."""
        return state_of(self.stage, self.payment_state, self.kitchen_state)

    @property
    def is_paid(self) -> bool:
        """Whether it was paid in full; later refunds never reopen it."""
        return self.payment_state not in _OF_UNPAID

    @property
    def outstanding(self) -> Money:
        """What it still needs: pending and unknown money counts as taken; zero once paid."""
        if self.is_paid:
            return Money(0, self.currency)
        rest = self.total - self.kept - self.reserved
        return max(rest, Money(0, self.currency))

    @property
    def sales(self) -> Money:
        """Its total without any tax."""
        return self.total - total(self.tax_by_rate.values(), self.currency)

    def must_be_payable(self) -> None:
        """Refuse money unless the order is validated and not paid."""
        if self.stage is not Stage.VALIDATED or self.is_paid:
            message = f"The order is {self.state}; it takes no payment."
            raise OrderNotPayable(message, state=self.state.value)

    @property
    def kept(self) -> Money:
        """What was taken for it and not given back before it was paid in full."""
        return self.paid - self.refunded_before_paid

    def must_have_no_money(self) -> None:
        """Refuse while money was taken, or is under way, for the order as it is."""
        if self.paid or self.is_paid:
            message = f"{self.paid} was taken for this order."
            raise MoneyTaken(message, amount_paid=self.paid.minor)
        self.must_have_nothing_reserved()

    def must_have_nothing_reserved(self) -> None:
        """Refuse while money is under way for the order as it is."""
        if self.reserved:
            message = f"{self.reserved} is under way for this order."
            raise MoneyReserved(message, amount_reserved=self.reserved.minor)

    def must_be_open_to_change(self) -> None:
        """Refuse other lines once it is paid in full, and while money is under way."""
        if self.is_paid:
            message = f"The order is paid: {self.paid} was taken."
            raise MoneyTaken(message, amount_paid=self.paid.minor)
        self.must_have_nothing_reserved()

    def must_still_owe_at(self, new_total: Money) -> None:
        """Refuse a total that what was paid in part already covers: that would be a refund."""
        if self.kept and new_total <= self.kept:
            message = f"{self.kept} was taken; the order must come to more, not to {new_total}."
            raise MoneyTaken(message, amount_paid=self.paid.minor)

    def must_be_seen_at(self, version: int | None) -> None:
        """Refuse a change that was meant for an older version; None is meant for any."""
        if version not in {None, self.version}:
            message = f"The order is at version {self.version}."
            raise VersionConflict(message, version=self.version)

    def seat(self, table: str | None, covers: int | None) -> Order:
        """Serve it at another table, or to more or fewer people, as long as it has not ended."""
        if self.stage in {Stage.CANCELED, Stage.INVOICED}:
            raise IllegalTransition(
                f"The order is {self.state}; it stays where it was.",
                **{"machine": "order", "from": self.state.value, "event": "seat"},
            )
        return replace(self, table=table, covers=covers)

    def validate(self, now: datetime) -> Order:
        """Fix what is ordered; one that costs nothing is paid at once."""
        return replace(self, stage=self._after(StageEvent.VALIDATE)).pay_if_free(now)

    def pay_if_free(self, now: datetime) -> Order:
        """Count a validated order that costs nothing as paid: nobody could pay it."""
        if self.stage is not Stage.VALIDATED or self.is_paid or self.total:
            return self
        return _become_paid(self, now)

    def cancel(self) -> Order:
        """Give up an order that nobody has paid anything for."""
        stage = self._after(StageEvent.CANCEL)
        self.must_have_no_money()
        return replace(self, stage=stage)

    def _after(self, event: StageEvent) -> Stage:
        """Follow one event, or refuse it in the words that the public knows."""
        if not STAGE.allows(self.stage, event):
            raise self._refusal(event)
        return STAGE.next(self.stage, event)

    def _refusal(self, event: StageEvent | KitchenEvent) -> IllegalTransition:
        return IllegalTransition(
            f"The order is {self.state}; it cannot {event}.",
            **{"machine": "order", "from": self.state.value, "event": event.value},
        )

    def invoice(self) -> Order:
        """Hand what is done over to the accounts; it never changes again."""
        return replace(self, stage=self._after(StageEvent.INVOICE))

    def must_be_open_to_the_kitchen(self, event: KitchenEvent) -> None:
        """Refuse what is a draft, done or given up; only what is paid is handed out for good."""
        is_owed = event is KitchenEvent.COMPLETE and not self.is_paid
        if self.stage is not Stage.VALIDATED or is_owed:
            raise self._refusal(event)

    def in_kitchen(self, state: KitchenState) -> Order:
        """Stand where its tickets stand; what is paid and served is done."""
        after = replace(self, kitchen_state=state)
        if self.is_paid and self.stage is Stage.VALIDATED and state is KitchenState.SERVED:
            return replace(after, stage=STAGE.next(self.stage, StageEvent.CLOSE))
        return after

    def reserve(self, amount: Money) -> Order:
        """Count an undecided payment as taken."""
        return replace(self, reserved=self.reserved + amount)

    def release(self, amount: Money) -> Order:
        """Stop counting a payment that is decided now."""
        assert amount <= self.reserved
        return replace(self, reserved=self.reserved - amount)

    def receive(self, amount: Money, tip: Money, now: datetime) -> Order:
        """Count money that was taken; what is paid in full goes on to the kitchen or is done."""
        after = replace(self, paid=self.paid + amount, tip_total=self.tip_total + tip)
        if after.kept < after.total:
            part = PAYMENT.next(self.payment_state, PaymentEvent.PAY_PART)
            return replace(after, payment_state=part)
        return _become_paid(after, now)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of an order's history: which state became which, when, by whom, and why."""

    from_state: State | None
    to_state: State
    at: datetime
    by: StaffId | None
    reason: str | None


def _become_paid(order: Order, now: datetime) -> Order:
    paid = PAYMENT.next(order.payment_state, PaymentEvent.PAY_IN_FULL)
    after = replace(order, payment_state=paid, paid_at=now)
    if order.kitchen_state is not KitchenState.NONE:
        return after  # Its tickets tell where it stands, once what was not sent yet is sent.
    if not order.needs_preparation:
        return replace(after, stage=STAGE.next(order.stage, StageEvent.CLOSE))
    return replace(after, kitchen_state=KITCHEN.next(order.kitchen_state, KitchenEvent.SEND))
