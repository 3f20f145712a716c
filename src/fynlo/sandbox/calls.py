"""The table of calls: which method and path is the work of which function."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fynlo.sandbox import balances, charges, customers, intents, lists, methods, refunds
from fynlo.sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from fynlo.sandbox.store import Document

_ID: Final = "([A-Za-z0-9_]+)"
_CUSTOMERS_METHODS: Final = lists.lister("payment_method", within="customer")

CALLS: Final[list[tuple[str, re.Pattern[str], Callable[..., Document]]]] = [
    (method, re.compile(path.replace("ID", _ID)), call)
    for method, path, call in (
        ("POST", "/v1/payment_intents", intents.create),
        ("GET", "/v1/payment_intents", lists.lister("payment_intent")),
        ("GET", "/v1/payment_intents/ID", intents.retrieve),
        ("POST", "/v1/payment_intents/ID", intents.update),
        ("POST", "/v1/payment_intents/ID/confirm", intents.confirm),
        ("POST", "/v1/payment_intents/ID/capture", intents.capture),
        ("POST", "/v1/payment_intents/ID/cancel", intents.cancel),
        ("GET", "/v1/charges", lists.lister("charge")),
        ("GET", "/v1/charges/ID", lists.reader("charge", "charge")),
        ("POST", "/v1/charges/ID", charges.update),
        ("POST", "/v1/charges/ID/refund", refunds.create_for),
        ("POST", "/v1/charges/ID/refunds", refunds.create_of),
        ("GET", "/v1/charges/ID/refunds", lists.lister("refund", within="charge")),
        ("GET", "/v1/charges/ID/refunds/ID", refunds.retrieve_of),
        ("POST", "/v1/refunds", refunds.create),
        ("GET", "/v1/refunds", lists.lister("refund")),
        ("GET", "/v1/refunds/ID", refunds.retrieve),
        ("POST", "/v1/refunds/ID", refunds.update),
        ("POST", "/v1/refunds/ID/cancel", refunds.cancel),
        ("POST", "/v1/customers", customers.create),
        ("GET", "/v1/customers", lists.lister("customer")),
        ("GET", "/v1/customers/ID", lists.reader("customer", "id")),
        ("POST", "/v1/customers/ID", customers.update),
        ("DELETE", "/v1/customers/ID", customers.delete),
        (
            "GET",
            "/v1/customers/ID/payment_methods",
            lists.lister("payment_method", within="customer"),
        ),
        ("GET", "/v1/customers/ID/payment_methods/ID", methods.retrieve_of),
        ("POST", "/v1/payment_methods", methods.create),
        ("GET", "/v1/payment_methods", lists.lister("payment_method")),
        ("GET", "/v1/payment_methods/ID", methods.retrieve),
        ("POST", "/v1/payment_methods/ID", methods.update),
        ("POST", "/v1/payment_methods/ID/attach", methods.attach),
        ("POST", "/v1/payment_methods/ID/detach", methods.detach),
        ("GET", "/v1/balance", balances.balance),
        ("GET", "/v1/balance_transactions", lists.lister("balance_transaction")),
        ("GET", "/v1/balance_transactions/ID", lists.reader("balance_transaction", "id")),
        ("GET", "/v1/events", lists.lister("event")),
        ("GET", "/v1/events/ID", lists.reader("event", "id")),
        ("GET", "/v1/account", customers.account),
    )
]


def find(method: str, path: str) -> tuple[Callable[..., Document], tuple[str, ...]]:
    """Find the function, and what the path names; `Refusal` when there is no such call."""
    for its_method, its_path, call in CALLS:
        if its_method == method and (match := its_path.fullmatch(path)):
            return call, match.groups()
    raise Refusal(404, f"Unrecognized request URL ({method}: {path}).")
