"""A cash drawer session: what should be in it, and what moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fynlo.drawers.model.errors import CashPending, DrawerSessionMismatch
from fynlo.kernel.errors import Forbidden
from fynlo.kernel.machine import Machine
from fynlo.kernel.money import Money
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import (
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
    CLOSE = "close"


DRAWER: Final = Machine(
    "drawer",
    {
        DrawerState.OPEN: {
            DrawerEvent.MOVE: DrawerState.OPEN,
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
        """What should be in the drawer: the one sum that X, Z, close and verify use."""
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

    def close(self, counted: Money, left: Money, deposit: Money) -> DrawerSession:
        """End the session by its last movement; `CashPending` while cash lies beside the drawer."""
        assert counted.currency is left.currency is deposit.currency is self.currency
        if self.held:
            message = f"{self.held} lies beside the drawer for a payment that is not decided."
            raise CashPending(message, held=self.held.minor)
        state = DRAWER.next(self.state, DrawerEvent.CLOSE)
        return replace(
            self,
            state=state,
            movements=self.movements + 1,
            counted=counted,
            left_in_drawer=left,
            deposit=deposit,
        )


def must_be_operated_by(session: DrawerSession, actor: Actor) -> None:
    """A drawer is its opener's; who may approve differences operates all where they work."""
    actor.must_work_at(session.location_id)
    if session.opened_by != actor.staff_id and Permission.DRAWER_APPROVE not in actor.permissions:
        raise Forbidden("Somebody else opened this drawer.")
