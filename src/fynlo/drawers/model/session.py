"""A cash drawer session: what should be in it, what moved, who may count it, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fynlo.drawers.model.counts import Approval, Count, CountKind, beyond, closing_counts
from fynlo.drawers.model.errors import (
    CashPending,
    DrawerCounted,
    DrawerCountMismatch,
    DrawerCountRequired,
    DrawerSessionMismatch,
)
from fynlo.kernel.errors import Forbidden, Invalid
from fynlo.kernel.machine import Machine
from fynlo.kernel.money import Money
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from fynlo.drawers.model.counts import Counted
    from fynlo.kernel.ids import (
        CommandId,
        DrawerSessionId,
        LocationId,
        OrderId,
        RegisterId,
        StaffId,
        TenderId,
    )
    from fynlo.kernel.money import Currency
    from fynlo.staff.model import Actor


class DrawerState(StrEnum):
    """Open from the float to the Z report."""

    OPEN = "open"
    CLOSED = "closed"


class DrawerEvent(StrEnum):
    """What can happen to a session as a whole."""

    MOVE = "move"
    COUNT = "count"
    CLOSE = "close"


DRAWER: Final = Machine(
    "drawer",
    {
        DrawerState.OPEN: {
            DrawerEvent.MOVE: DrawerState.OPEN,
            DrawerEvent.COUNT: DrawerState.OPEN,
            DrawerEvent.CLOSE: DrawerState.CLOSED,
        },
        DrawerState.CLOSED: {},
    },
)

DIRECTION: Final = {
    "opening": 1,
    "tendered": 1,
    "change": -1,
    "refund": -1,
    "paid_in": 1,
    "loan": 1,
    "paid_out": -1,
    "drop": -1,
    "pickup": -1,
    "no_sale": 0,
    "closing": 0,
}
"""Amounts are magnitudes; the type of a movement alone says which way the cash goes."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One thing that happened to the cash; `amount` is a magnitude."""

    type: str
    amount: Money
    order_id: OrderId | None = None
    tender_id: TenderId | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DrawerSession:
    """One register's drawer from opening to close, with its running totals."""

    id: DrawerSessionId
    register_id: RegisterId
    location_id: LocationId
    state: DrawerState
    currency: Currency
    totals: dict[str, int]  # By movement type, in minor units; every type of DIRECTION but closing.
    held: Money
    movements: int
    opened_by: StaffId
    opened_at: datetime
    version: int
    counted: Money | None = None
    left_in_drawer: Money | None = None
    deposit: Money | None = None
    z_number: int | None = None
    closed_by: StaffId | None = None
    closed_at: datetime | None = None

    @property
    def expected(self) -> Money:
        """What should be in the drawer: the one sum that X, Z, count, close and verify use."""
        return Money(sum(DIRECTION[kind] * n for kind, n in self.totals.items()), self.currency)

    @property
    def variance(self) -> Money:
        """How much more was counted than expected; negative when some is missing."""
        assert self.counted is not None
        return self.counted - self.expected

    def must_fit(
        self, location_id: LocationId, register_id: RegisterId | None, unit: Currency
    ) -> None:
        """Refuse the cash of an order that is sold elsewhere, or in another currency."""
        if register_id not in {None, self.register_id}:
            message = f"That session is of register {self.register_id}, not {register_id}."
            raise DrawerSessionMismatch(message)
        if location_id != self.location_id:
            message = f"That session is at location {self.location_id}, not {location_id}."
            raise DrawerSessionMismatch(message)
        if unit is not self.currency:
            message = f"That drawer holds {self.currency}, not {unit}."
            raise DrawerSessionMismatch(message)

    def hold(self, cash: Money) -> DrawerSession:
        """Lay cash beside the drawer until its transaction is decided."""
        assert cash.currency is self.currency
        return replace(self, held=self.held + cash)

    def release(self, cash: Money) -> DrawerSession:
        """Take cash from beside the drawer: into it, or back to the customer."""
        assert cash.currency is self.currency
        assert cash <= self.held
        return replace(self, held=self.held - cash)

    def take(self, tendered: Money, change: Money) -> DrawerSession:
        """Put what was tendered in, and take the change out."""
        return self.move("tendered", tendered).move("change", change)

    def move(self, kind: str, amount: Money) -> DrawerSession:
        """Record one movement; nothing is refused for lack of book cash."""
        assert amount.currency is self.currency
        assert amount.minor >= 0
        DRAWER.next(self.state, DrawerEvent.MOVE)
        moved = self.totals.get(kind, 0) + amount.minor
        return replace(self, totals={**self.totals, kind: moved})

    def standing(self, counts: Sequence[Count]) -> Count | None:
        """Return the last closing count, unless anything moved since: then it says nothing of now.

        No sale is refused because somebody counted, and opening the drawer without a sale is a
        movement too: after either, what was counted need not be what is there.
        """
        last = closing_counts(counts)[-1:]
        return last[0] if last and last[0].movements == self.movements else None

    def count(
        self,
        counts: Sequence[Count],
        found: Counted,
        actor: Actor,
        *,
        count_id: CommandId,
        now: datetime,
    ) -> Count:
        """Keep what somebody found, beside what should be there.

        Raises `CashPending` while cash lies beside the drawer, and `DrawerCounted` while a count
        stands, unless the actor may approve differences and neither counted nor opened the drawer.
        """
        self._must_hold_nothing()
        DRAWER.next(self.state, DrawerEvent.COUNT)
        earlier = closing_counts(counts)
        if self.standing(counts) is not None and not is_independent(actor, self, earlier):
            raise DrawerCounted(
                "Its count stands. Somebody else, who may approve differences, may count it again."
            )
        return Count(
            id=count_id,
            number=len(counts) + 1,
            kind=CountKind.CLOSING,
            counted=Money(found.minor, self.currency),
            expected=self.expected,
            denominations=found.denominations,
            movements=self.movements,
            counted_by=actor.staff_id,
            counted_at=now,
        )

    def close(self, counts: Sequence[Count], left: Money, deposit: Money) -> DrawerSession:
        """End the session on its standing count, by its last movement.

        Raises `CashPending` while cash lies beside the drawer, `DrawerCountRequired` when no count
        stands, and `DrawerCountMismatch` when what stays and what goes is not what was counted.
        """
        assert left.currency is deposit.currency is self.currency
        self._must_hold_nothing()
        state = DRAWER.next(self.state, DrawerEvent.CLOSE)
        count = self.standing(counts)
        if count is None:
            moved = (
                "It moved after it was counted." if closing_counts(counts) else "Nobody counted."
            )
            raise DrawerCountRequired(moved)
        if left + deposit != count.counted:
            message = f"{left} left and {deposit} deposited are not the {count.counted} counted."
            raise DrawerCountMismatch(message, counted=count.counted.minor)
        return replace(
            self,
            state=state,
            movements=self.movements + 1,
            counted=count.counted,
            left_in_drawer=left,
            deposit=deposit,
        )

    def _must_hold_nothing(self) -> None:
        if self.held:
            message = f"{self.held} lies beside the drawer for a payment that is not decided."
            raise CashPending(message, held=self.held.minor)


def must_be_operated_by(session: DrawerSession, actor: Actor) -> None:
    """A drawer is its opener's; who may approve differences operates all where they work."""
    actor.must_work_at(session.location_id)
    if session.opened_by != actor.staff_id and Permission.DRAWER_APPROVE not in actor.permissions:
        raise Forbidden("Somebody else opened this drawer.")


def approve(
    counts: Sequence[Count], tolerance_minor: int, by: StaffId, reason: str | None
) -> Approval:
    """Write down who stands by the differences, if any needs it. `Invalid` without a reason."""
    if not beyond(counts, tolerance_minor):
        return Approval(None, reason)
    if reason is None:
        raise Invalid.at("/reason", "Say why the difference is approved.")
    return Approval(by, reason)


def involved(session: DrawerSession, counts: Sequence[Count]) -> frozenset[StaffId]:
    """Return who opened the drawer, and who made these counts."""
    return frozenset({session.opened_by, *(one.counted_by for one in counts)})


def is_independent(actor: Actor, session: DrawerSession, counts: Sequence[Count]) -> bool:
    """Whether somebody may approve differences, and neither opened the drawer nor made a count.

    What a key did is also done by everybody who ever answered for it.
    """
    is_behind = actor.is_behind(involved(session, counts))
    return Permission.DRAWER_APPROVE in actor.permissions and not is_behind
