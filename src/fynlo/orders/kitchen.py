"""The kitchen's tickets: what is on them, how they move, and what is due since the last send."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from fynlo.kernel.errors import DomainError, Invalid, Kind, Retry
from fynlo.kernel.ids import TicketId, derive
from fynlo.kernel.machine import Machine
from fynlo.orders.model import KITCHEN, KitchenEvent, KitchenState
from fynlo.orders.pricing import MILLI

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from fynlo.kernel.ids import (
        LineId,
        LocationId,
        OrderId,
        ProductId,
        StaffId,
        StationId,
    )

ESTIMATE_MIN: Final = 10
ESTIMATE_START: Final = 5
PRIORITY_MAX: Final = 9


class TicketState(StrEnum):
    """How far a ticket has come."""

    SENT = "sent"
    PREPARING = "preparing"
    READY = "ready"
    SERVED = "served"
    CANCELED = "canceled"


class TicketEvent(StrEnum):
    """What can happen to a ticket."""

    START = "start"
    BUMP = "bump"
    RECALL = "recall"
    SERVE = "serve"
    PRIORITIZE = "prioritize"
    CANCEL = "cancel"


_T = TicketState
_TE = TicketEvent

TICKET: Final = Machine(
    "kitchen ticket",
    {
        _T.SENT: {
            _TE.START: _T.PREPARING,
            _TE.BUMP: _T.READY,
            _TE.PRIORITIZE: _T.SENT,
            _TE.CANCEL: _T.CANCELED,
        },
        _T.PREPARING: {
            _TE.BUMP: _T.READY,
            _TE.PRIORITIZE: _T.PREPARING,
            _TE.CANCEL: _T.CANCELED,
        },
        _T.READY: {
            _TE.RECALL: _T.PREPARING,
            _TE.SERVE: _T.SERVED,
            _TE.PRIORITIZE: _T.READY,
            _TE.CANCEL: _T.CANCELED,
        },
        _T.SERVED: {},
        _T.CANCELED: {},
    },
)

LIVE: Final = (TicketState.SENT, TicketState.PREPARING, TicketState.READY)
"""What the kitchen still has before it."""

_ON_EACH_TICKET: Final = {
    KitchenEvent.PREPARE: (TicketEvent.START,),
    KitchenEvent.FINISH: (TicketEvent.BUMP,),
    KitchenEvent.SERVE: (TicketEvent.SERVE,),
    KitchenEvent.COMPLETE: (TicketEvent.BUMP, TicketEvent.SERVE),
}
"""What a move of the whole order does to each of its tickets that allows it."""


class UnpaidStaysOut(DomainError):
    """The shop sends only paid orders to its kitchen."""

    kind = Kind.REFUSED
    code = "unpaid-stays-out"
    title = "Unpaid orders do not go to the kitchen here."
    retry = Retry.NEVER


class Key(NamedTuple):
    """What the kitchen tells apart: a line, the product on it, and how it is wanted."""

    line_id: LineId
    product_id: ProductId
    modifiers: str


@dataclass(frozen=True, slots=True)
class TicketLine:
    """What to make more of, or less: thousandths, negative for what is taken back.

    Zero tells of another note alone.
    """

    line_id: LineId
    product_id: ProductId
    name: str
    modifiers: str
    quantity_milli: int
    note: str | None

    @property
    def key(self) -> Key:
        """What the kitchen knows it by."""
        return Key(self.line_id, self.product_id, self.modifiers)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one station got of an order at one time.

    Only its state changes, and its lines only by following to another order.
    """

    id: TicketId
    order_id: OrderId
    order_number: int
    table: str | None
    location_id: LocationId
    station_id: StationId | None
    round: int
    business_day: date
    number: int
    state: TicketState
    priority: int
    estimate_minutes: int
    sent_at: datetime
    sent_by: StaffId | None
    started_at: datetime | None = None
    ready_at: datetime | None = None
    served_at: datetime | None = None
    canceled_at: datetime | None = None
    version: int = 1
    lines: tuple[TicketLine, ...] = ()
    parted_from: TicketId | None = None

    def move(self, event: TicketEvent, now: datetime) -> Ticket:
        """Follow one event and keep its time; `IllegalTransition` where there is no way."""
        after = replace(self, state=TICKET.next(self.state, event), version=self.version + 1)
        match event:
            case TicketEvent.START:
                return replace(after, started_at=now)
            case TicketEvent.BUMP:
                return replace(after, ready_at=now)
            case TicketEvent.RECALL:
                return replace(after, ready_at=None)
            case TicketEvent.SERVE:
                return replace(after, served_at=now)
            case TicketEvent.CANCEL:
                return replace(after, canceled_at=now)
        return after  # Another place in the queue has no time of its own.

    def prioritize(self, priority: int, now: datetime) -> Ticket:
        """Take another place in the queue, where the higher number comes first.

        Raises `IllegalTransition` for what has left the queue.
        """
        after = replace(self.move(TicketEvent.PRIORITIZE, now), priority=priority)
        return self if priority == self.priority else after


@dataclass(frozen=True, slots=True)
class TicketMove:
    """One line of a ticket's history: what happened, when, and by whom."""

    event: TicketEvent
    from_state: TicketState
    to_state: TicketState
    at: datetime
    by: StaffId | None


class Step(NamedTuple):
    """One event of one ticket: as it was, and as it is after it."""

    event: TicketEvent
    was: Ticket
    after: Ticket


def moves(ticket: Ticket, events: Sequence[TicketEvent], now: datetime) -> list[Step]:
    """Follow those of the events, in their order, that the ticket allows."""
    steps = []
    for event in events:
        if TICKET.allows(ticket.state, event):
            after = ticket.move(event, now)
            steps.append(Step(event, ticket, after))
            ticket = after
    return steps


def moves_of_all(tickets: Iterable[Ticket], event: KitchenEvent, now: datetime) -> list[Step]:
    """Tell what a move of the whole order does to its tickets."""
    steps: list[Step] = []
    for ticket in tickets:
        steps += moves(ticket, _ON_EACH_TICKET[event], now)
    return steps


def cancel_all(tickets: Iterable[Ticket], now: datetime) -> list[Step]:
    """Take back all that was not served yet."""
    steps: list[Step] = []
    for ticket in tickets:
        steps += moves(ticket, (TicketEvent.CANCEL,), now)
    return steps


def tickets_after(tickets: Iterable[Ticket], steps: Iterable[Step]) -> list[Ticket]:
    """Return the tickets as they are after the steps."""
    latest = {step.after.id: step.after for step in steps}
    return [latest.get(one.id, one) for one in tickets]


def kitchen_of(states: Iterable[TicketState]) -> KitchenState:
    """Tell where an order stands in the kitchen from where its tickets stand.

    What is canceled does not count, and what was served counts only if all was. Of the rest, all
    are sent or all are ready, or the order is being prepared.
    """
    counted = {state for state in states if state is not TicketState.CANCELED}
    if not counted:
        return KitchenState.NONE
    rest = counted - {TicketState.SERVED}
    if not rest:
        return KitchenState.SERVED
    if len(rest) == 1:
        return KitchenState(rest.pop())
    return KitchenState.PREPARING


def after_move(state: KitchenState, event: KitchenEvent, after: Iterable[Ticket]) -> KitchenState:
    """Tell where a whole order stands after a move; one without tickets is older than they are."""
    states = [one.state for one in after]
    moved = KITCHEN.next(state, event)
    return kitchen_of(states) if states else moved


@dataclass(frozen=True, slots=True)
class Standing:
    """A line as it stands on the order, and the station that it would go to now."""

    line_id: LineId
    product_id: ProductId
    name: str
    modifiers: str
    quantity_milli: int
    note: str | None
    needs_preparation: bool
    prep_minutes: int
    station_id: StationId | None

    @property
    def key(self) -> Key:
        """What the kitchen knows it by."""
        return Key(self.line_id, self.product_id, self.modifiers)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of an earlier ticket; `station_id` is where it went, if that is still in use."""

    key: Key
    name: str
    quantity_milli: int
    note: str | None
    station_id: StationId | None
    station_is_used: bool


@dataclass(frozen=True, slots=True)
class Delta:
    """A line for the next ticket of a station, with how long one of it takes."""

    station_id: StationId | None
    line: TicketLine
    prep_minutes: int


def known(told: Iterable[Told]) -> dict[Key, Told]:
    """Add up what the kitchen was told of each line, oldest first: its last note counts."""
    found: dict[Key, Told] = {}
    for one in told:
        before = found.get(one.key)
        sum_milli = one.quantity_milli + (before.quantity_milli if before else 0)
        found[one.key] = replace(one, quantity_milli=sum_milli)
    return found


def changes(standing: Sequence[Standing], told: Mapping[Key, Told]) -> list[Delta]:
    """Tell exactly what the kitchen does not know yet: what is gone first, then what is new."""
    wanted = {one.key for one in standing}
    gone = [
        Delta(
            one.station_id if one.station_is_used else None,
            _line(key, one.name, -one.quantity_milli, None),
            0,
        )
        for key, one in told.items()
        if key not in wanted and one.quantity_milli
    ]
    new = [_new(one, told.get(one.key)) for one in standing]
    return gone + [one for one in new if one is not None]


def _new(one: Standing, told: Told | None) -> Delta | None:
    """Tell what is new of one line; what the kitchen has once made stays its business."""
    if told is None:
        if not one.needs_preparation:
            return None
        line = _line(one.key, one.name, one.quantity_milli, one.note)
        return Delta(one.station_id, line, one.prep_minutes)
    more = one.quantity_milli - told.quantity_milli
    if not more and one.note == told.note:
        return None
    station_id = told.station_id if told.station_is_used else one.station_id
    return Delta(station_id, _line(one.key, one.name, more, one.note), one.prep_minutes)


def _line(key: Key, name: str, quantity_milli: int, note: str | None) -> TicketLine:
    return TicketLine(key.line_id, key.product_id, name, key.modifiers, quantity_milli, note)


def by_station(deltas: Iterable[Delta]) -> dict[StationId | None, list[Delta]]:
    """Put together what goes to one station, in the order of the lines."""
    found: dict[StationId | None, list[Delta]] = {}
    for one in deltas:
        found.setdefault(one.station_id, []).append(one)
    return found


def estimate(deltas: Iterable[Delta]) -> int:
    """Estimate in minutes how long a ticket takes; one that only takes back takes none."""
    work = [
        one.prep_minutes * one.line.quantity_milli for one in deltas if one.line.quantity_milli > 0
    ]
    if not work:
        return 0
    return max(ESTIMATE_MIN, ESTIMATE_START - -sum(work) // MILLI)


def ticket_id(order_id: OrderId, version: int, station_id: StationId | None) -> TicketId:
    """Name what a station gets of an order as it stands now: there can be only one.

    Not after its round: a ticket that went to another order keeps its name.
    """
    return TicketId(derive(order_id, f"sent:{version}:{station_id or ''}"))


def must_be_categories(wish: Iterable[UUID], there: Iterable[UUID]) -> None:
    """Refuse a station for a part of the menu that does not exist."""
    known_ids = set(there)
    for index, category_id in enumerate(wish):
        if category_id not in known_ids:
            raise Invalid.at(f"/category_ids/{index}", f"There is no category {category_id}.")
