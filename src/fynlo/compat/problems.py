"""Refusals in the till's words: its own code beside ours, and calls that are not served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from fynlo.kernel.errors import DomainError, Kind, Retry
from fynlo.orders.model import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from litestar import Response

    from fynlo.platform.problems import AnyRequest

    Handler = Callable[[AnyRequest, Any], Response[Any]]


class NotServed(DomainError):
    """The till knows this call, and the product has no such thing."""

    kind = Kind.NOT_FOUND
    code = "not-served"
    title = "This is not part of the product."
    retry = Retry.NEVER


_THEIRS: Final = {
    "invalid-credentials": "AUTH001",
    "second-factor-required": "AUTH004",
    "proof-invalid": "AUTH004",
    "token-reused": "AUTH006",
    "illegal-transition": "ORD004",
    "money-taken": "ORD002",
    "order-overpaid": "PAY001",
    "payment-declined": "PAY002",
    "method-not-enabled": "PAY004",
    "unknown-method": "PAY004",
    "product-unavailable": "INV001",
    "too-many-attempts": "API006",
}
"""The till's code for ours. What is not here is told by its status."""

_NOT_PAYABLE: Final = {State.DRAFT: "ORD004", State.CANCELED: "ORD003"}
"""Why an order takes no payment; in any other state it is because it is paid."""

_BY_STATUS: Final = {
    401: "AUTH003",
    403: "AUTH005",
    404: "API004",
    429: "API006",
    500: "API003",
    503: "API003",
}

_POOR: Final = "insufficient_funds"
_MAY_BE_REPEATED: Final = frozenset({Retry.SAME_KEY.value, Retry.NEW_KEY.value})


class ErrorOut(msgspec.Struct, frozen=True):
    """What went wrong, by the till's own code."""

    code: str
    message: str
    recoverable: bool


def in_their_words(problem: Mapping[str, Any], path: str) -> ErrorOut:
    """Say a problem of ours as the till knows it."""
    code, status = problem["code"], problem["status"]
    theirs = _THEIRS.get(code) or _BY_STATUS.get(status, "API005")
    if code == "not-found" and "/orders/" in path:
        theirs = "ORD001"
    if code == "order-not-payable":
        theirs = _NOT_PAYABLE.get(problem["state"], "ORD002")
    if code == "payment-declined" and _POOR in _declines(problem):
        theirs = "PAY003"
    return ErrorOut(theirs, problem["detail"], problem["retry"] in _MAY_BE_REPEATED)


def _declines(problem: Mapping[str, Any]) -> set[str]:
    payments = problem["transaction"]["payments"]
    return {one["decline"]["code"] for one in payments if "decline" in one}


def spoken(handlers: Mapping[Any, Handler]) -> dict[Any, Handler]:
    """Let each of the handlers add the till's own code to what it answers."""
    return {kind: _spoken(handler) for kind, handler in handlers.items()}


def _spoken(handler: Handler) -> Handler:
    def answer(request: AnyRequest, error: Any) -> Response[Any]:
        response = handler(request, error)
        return with_their_code(response, request.url.path)

    return answer


def with_their_code(response: Response[Any], path: str) -> Response[Any]:
    """Add the till's code to the problem that a response holds."""
    problem = msgspec.json.decode(response.content)
    problem["error"] = in_their_words(problem, path)
    response.content = msgspec.json.encode(problem)
    return response
