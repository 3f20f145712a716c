"""How the sandbox says no: Stripe's error object (docs/reference/stripe.md §4)."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An error answer. `is_stored` tells whether the idempotency key remembers it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        is_stored: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.is_stored = is_stored
        error: dict[str, Any] = {"type": kind, "message": message}
        if code is not None:
            error["code"] = code
            error["doc_url"] = "https://stripe.com/docs/error-codes/" + code.replace("_", "-")
        if param is not None:
            error["param"] = param
        self.body: dict[str, Any] = {"error": error | more}


def unknown_parameter(name: str) -> Refusal:
    """A parameter that this call does not have."""
    return Refusal(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def missing(name: str) -> Refusal:
    """A parameter that this call needs."""
    return Refusal(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


def not_found(kind: str, object_id: str, param: str, *, status: int = 404) -> Refusal:
    """No such object: 404 for the one in the path, 400 for one in the parameters."""
    return Refusal(status, f"No such {kind}: '{object_id}'", code="resource_missing", param=param)


def unexpected_state(message: str, intent: dict[str, Any], *, param: str | None = None) -> Refusal:
    """The intent is in a state that this call cannot leave; it comes along."""
    return Refusal(
        400,
        message,
        code="payment_intent_unexpected_state",
        param=param,
        is_stored=True,
        payment_intent=intent,
    )
