"""The ledger: an append-only double-entry journal, and the recipes that fill it."""

from fynlo.ledger.model import Account, Entry, Posting
from fynlo.ledger.reports import Balance, trial_balance
from fynlo.ledger.store import is_booked, post

__all__ = ["Account", "Balance", "Entry", "Posting", "is_booked", "post", "trial_balance"]
