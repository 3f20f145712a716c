"""What ages, for how long each class of it is kept, and what may never be removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from fynlo.kernel.errors import DomainError, Kind, Retry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

DAYS_MAX: Final = 36_500
SWEEP_HOUR: Final = timedelta(hours=2)
"""When a day's sweep is due, counted from midnight (UTC)."""


class RetentionTooShort(DomainError):
    """A class is kept for longer than that, whatever a shop would like; `minimum` says how long."""

    kind = Kind.REFUSED
    code = "retention-too-short"
    title = "This must be kept for longer."
    retry = Retry.NEW_KEY


@dataclass(frozen=True, slots=True)
class Aging:
    """A class of what ages: how many days it is kept, and for how many at the least."""

    name: str
    tables: tuple[str, ...]
    days: int
    days_min: int
    removed: str

    def must_allow(self, days: int) -> None:
        """Refuse to keep it for less than it must be kept."""
        if days < self.days_min:
            message = f"`{self.name}` is kept for {self.days_min} days at least."
            raise RetentionTooShort(message, minimum=self.days_min)


AGING: Final = (
    Aging(
        "sessions",
        ("sessions", "refresh_tokens"),
        days=30,
        days_min=1,
        removed="sessions that ended, with their refresh tokens, and tokens that ran out",
    ),
    Aging(
        "notifications",
        ("notifications",),
        days=30,
        days_min=7,  # A provider repeats itself for three days, and must be recognised.
        removed="what a provider told, once it is handled; a dead letter stays",
    ),
    Aging(
        "events",
        ("events",),
        days=30,
        days_min=1,
        removed="events that were published, from the first one on",
    ),
    Aging(
        "answers",
        ("commands",),
        days=90,
        days_min=7,  # A till may be offline for as long, and asks again under its keys.
        removed="the answer of a command that moved no money; the command itself stays",
    ),
)
BY_NAME: Final[Mapping[str, Aging]] = {one.name: one for one in AGING}

FORGETTABLE: Final = (
    *("import_products", "orders.add_lines", "orders.cancel", "orders.split", "orders.merge"),
    *("till.orders.put", "approvals.approve", "approvals.reject"),
)
"""Commands whose answer only a repeat reads. What they made is read where it is."""

_OF_A_DRAWER: Final = "who did what with the money of a drawer"
REMEMBERED: Final[Mapping[str, str]] = {
    "transactions.process": "what a till was told of a payment; whoever asks about it reads it",
    "transactions.confirm": "who said that money came",
    "transactions.cancel": "who gave money up",
    "exceptions.attach": "a transaction is shown by it, as by that of `transactions.process`",
    "exceptions.resolve": "what a person decided about money",
    "drawers.open": _OF_A_DRAWER,
    "drawers.move": _OF_A_DRAWER,
    "drawers.count": _OF_A_DRAWER,
    "drawers.close": _OF_A_DRAWER,
    "till.orders.create": "it has none: an order is recognised by its own id",
}
"""All other commands: what their answers are kept for."""

AT_THE_DOOR: Final[Mapping[str, timedelta]] = {
    "failed_attempts": timedelta(minutes=15),
    "password_resets": timedelta(days=2),
}
"""What anybody can make without signing in: `staff.forget` removes it, by no shop's rule."""

FOREVER: Final = (
    *("orders", "order_lines", "order_history", "order_discounts", "order_numbers"),
    *("transactions", "tenders", "operations", "exceptions", "commands"),
    *("ledger_postings", "ledger_snapshots", "ledger_days"),
    *("drawer_sessions", "drawer_movements", "drawer_counts", "drawer_closings"),
    *("product_prices", "catalog_imports", "retention_sweeps", "order_moves"),
    *("audit_entries", "audit_chain", "audit_heads", "approvals", "key_answerers"),
    *("stations", "ticket_numbers"),
    *("kitchen_tickets", "kitchen_ticket_lines", "kitchen_ticket_history"),
)
"""The record of money, of who did what, and of what the kitchen made: nothing here removes it, and
no rule of a shop's names it."""

STANDING: Final = (
    *("merchants", "locations", "registers", "devices", "settings", "location_settings"),
    *("staff", "logins", "second_factors", "recovery_codes", "api_keys"),
    *("products", "categories", "modifiers", "product_modifiers", "sold_out"),
    *("tax_rates", "location_tax_rates", "payment_methods", "event_streams"),
    *("discount_limits", "decline_rules", "retention_rules"),
)
"""What a shop is set up with, as it stands now. It is changed and does not pile up."""

PASSING: Final = ("outbox", "audit_waiting")
"""What waits for a worker, and goes with its work whatever the day."""


def before(now: datetime, days: int) -> datetime:
    """Return the moment up to which what ages is removed."""
    return now - timedelta(days=days)


def sweep_day(now: datetime) -> date:
    """Return the day (UTC) whose sweep is due, or was last: a day's is due at two o'clock."""
    return (now - SWEEP_HOUR).date()
