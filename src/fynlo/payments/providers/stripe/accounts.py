"""Which Stripe account moves a merchant's card money: one client each, one pool of connections."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import stripe

from fynlo.payments.providers.stripe.adapter import StripeCards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fynlo.kernel.ids import MerchantId

# Otherwise the SDK keeps a file in the home folder, and tells Stripe about this machine.
stripe.enable_telemetry = False
# Otherwise it logs two lines for every call, and whatever Stripe's messages say.
logging.getLogger("stripe").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How long one call may take, in seconds."""

    connect_seconds: float = 3.0
    call_seconds: float = 6.0


class StripeAccounts:
    """The environment's account, for the only merchant or the one that is named."""

    def __init__(
        self,
        secret_key: str | None,
        *,
        api_base: str,
        merchant_id: MerchantId | None,
        return_url: str,
        limits: CallLimits | None = None,
    ) -> None:
        self._merchant_id = merchant_id
        self._cards: StripeCards | None = None
        self._http: stripe.AIOHTTPClient | None = None
        if secret_key is None or merchant_id is None:
            return
        self._http = _http(limits or CallLimits())
        client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/")},
            http_client=self._http,
            max_network_retries=0,  # One try inside a request; the resolver does the rest.
        )
        self._cards = StripeCards(
            client,
            account=_mark(secret_key),
            return_url=return_url,
            environment="live" if "_live_" in secret_key else "test",
        )

    def of(self, merchant_id: MerchantId) -> StripeCards | None:
        """Return the merchant's account; None for everybody but the one it belongs to."""
        return self._cards if merchant_id == self._merchant_id else None

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close_async()  # type: ignore[no-untyped-call]


def _mark(secret_key: str) -> str:
    """Tell keys apart without keeping them: 64 bits of a hash of 100 random ones or more."""
    return hashlib.sha256(secret_key.encode()).hexdigest()[:16]


class _Object(msgspec.Struct):
    """What every answer of Stripe's is."""

    object: str


class _Refusal(msgspec.Struct):
    """What every refusal of Stripe's is."""

    error: dict[str, Any]


class _Http(stripe.AIOHTTPClient):
    """The SDK's client, which hears nobody but Stripe.

    What else may answer on the way, such as a proxy, makes the SDK or us stumble as if the fault
    were our own. Without its text, it is an `APIError`: lost.
    """

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Make a call; an answer that is not Stripe's comes back empty."""
        content, status, said = await super().request_async(method, url, headers, post_data)
        return (content if _is_stripes(content, status) else b""), status, said


def _is_stripes(content: bytes, status: int) -> bool:
    try:
        msgspec.json.decode(content, type=_Object if status == HTTPStatus.OK else _Refusal)
    except msgspec.DecodeError:
        return False
    return True


def _http(limits: CallLimits) -> stripe.AIOHTTPClient:
    """Build the shared client: kept-alive connections, at most a hundred, and our time limits."""
    timeout = aiohttp.ClientTimeout(
        total=limits.call_seconds,
        connect=limits.call_seconds,  # Waiting for a free connection is part of the call.
        sock_connect=limits.connect_seconds,
    )
    return _Http(timeout=timeout)
