"""Payments: transactions of several tenders, their provider operations, and their outcomes."""

from fynlo.payments.store_exceptions import close_thing as close_exception
from fynlo.payments.store_exceptions import of_thing as exception_of
from fynlo.payments.store_exceptions import open_thing as open_exception

__all__ = ["close_exception", "exception_of", "open_exception"]
