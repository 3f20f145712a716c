"""What drawers refuse."""

from __future__ import annotations

from fynlo.kernel.errors import DomainError, Kind, Retry


class DrawerSessionRequired(DomainError):
    """Cash needs an open drawer."""

    kind = Kind.REFUSED
    code = "drawer-session-required"
    title = "Open the cash drawer first."
    retry = Retry.NEW_KEY


class DrawerSessionMismatch(DomainError):
    """The drawer belongs to another register or location than the sale, or has another currency."""

    kind = Kind.REFUSED
    code = "drawer-session-mismatch"
    title = "That drawer is not where this is sold."
    retry = Retry.NEW_KEY


class DrawerAlreadyOpen(DomainError):
    """A register has one open session at a time."""

    kind = Kind.CONFLICT
    code = "drawer-already-open"
    title = "This register's drawer is open already."
    retry = Retry.NEVER


class CashPending(DomainError):
    """Cash lies beside the drawer for a payment that is not decided yet."""

    kind = Kind.CONFLICT
    code = "cash-pending"
    title = "A payment with cash is not decided yet."
    retry = Retry.NEW_KEY


class DrawerCounted(DomainError):
    """The first count stands; only somebody else who may approve differences counts again."""

    kind = Kind.CONFLICT
    code = "drawer-already-counted"
    title = "This drawer was counted already."
    retry = Retry.NEVER


class DrawerCountRequired(DomainError):
    """Nobody counted since cash last moved."""

    kind = Kind.REFUSED
    code = "drawer-count-required"
    title = "Count the drawer first."
    retry = Retry.NEW_KEY


class DrawerCountMismatch(DomainError):
    """What stays and what goes is not what was counted."""

    kind = Kind.REFUSED
    code = "drawer-count-mismatch"
    title = "What stays and what is deposited is not what was counted."
    retry = Retry.NEW_KEY
