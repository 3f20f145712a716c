"""The ledger: an append-only double-entry journal, and the recipes that fill it."""

from fynlo.ledger.model import Account, Entry, Posting
from fynlo.ledger.reports import Balance, trial_balance
from fynlo.ledger.store import post

__all__ = ["Account", "Balance", "Entry", "Posting", "post", "trial_balance"]
