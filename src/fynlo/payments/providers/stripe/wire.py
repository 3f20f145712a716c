"""Calls to Stripe by its SDK, which knows the keys, the errors and the connection.

Answers are read into our own few fields: the SDK's objects hold everything, which costs ten times
the work where a list is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote

import msgspec
import stripe

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

INTENTS = "/v1/payment_intents"
REFUNDS = "/v1/refunds"
EVENTS = "/v1/events"


@dataclass(frozen=True, slots=True)
class Said(Generic[T]):
    """An answer, and the headers that came with it."""

    value: T
    headers: Mapping[str, str]


class Wire:
    """One account's line."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._client = client

    async def ask(
        self,
        kind: type[T],
        method: str,
        path: str,
        wanted: Mapping[str, Any],
        *,
        key: str | None = None,
    ) -> Said[T]:
        """Make one call. Raises what is in `trouble.TROUBLE`, also for what cannot be read."""
        options = {} if key is None else {"idempotency_key": key}
        answer = await self._client.raw_request_async(method, path, **wanted, **options)
        try:
            return Said(msgspec.json.decode(answer.body, type=kind), answer.headers)
        except msgspec.DecodeError:
            message = "This is none of Stripe's answers."
            raise stripe.APIError(message, http_status=answer.code) from None


def intent(reference: str, verb: str = "") -> str:
    """Name one payment, and what is to be done to it."""
    return f"{INTENTS}/{quote(reference, safe='')}{verb and f'/{verb}'}"
