"""Stripe's notifications: who sent one, and what it is about (docs/reference/stripe.md §15)."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import OperationId
from fynlo.kernel.money import currency
from fynlo.payments.model.notice import (
    InvalidSignature,
    Notice,
    Saying,
    StaleSignature,
    WrongMode,
)
from fynlo.payments.providers.stripe.currencies import from_stripe
from fynlo.payments.providers.stripe.parameters import PURPOSE, SPENT_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.kernel.ids import MerchantId

TOLERANCE: Final = timedelta(seconds=300)
"""How old a signature may be, and how far ahead the sender's clock."""

_TIME: Final = re.compile(r"\d{1,11}")

SAYINGS: Final = {
    "payment_intent.succeeded": Saying.CAPTURED,
    "payment_intent.payment_failed": Saying.DECLINED,
    "payment_intent.canceled": Saying.RELEASED,
    "payment_intent.requires_action": Saying.ACTION_REQUIRED,
    "payment_intent.amount_capturable_updated": Saying.HELD,
    "charge.expired": Saying.RELEASED,
    "charge.refunded": Saying.RETURNED,
    "refund.failed": Saying.RETURN_FAILED,
}
"""The events that a payment's state follows from. `charge.refunded` also tells of parts: looking
finds out. Every other type is kept and acknowledged, and nothing follows from it."""


class _Intent(msgspec.Struct):
    id: str
    object: str = ""
    payment_intent: str | None = None
    amount: int | None = None
    amount_received: int = 0
    amount_capturable: int = 0
    amount_refunded: int = 0
    captured: bool = True
    currency: str | None = None
    metadata: dict[str, Any] | None = None


class _Data(msgspec.Struct):
    object: msgspec.Raw


class _Event(msgspec.Struct):
    id: str
    type: str
    created: int
    livemode: bool
    data: _Data


class _Named(msgspec.Struct):
    id: str | None = None


class StripeEndpoint:
    """Where one account's events arrive; every secret that is active during a rotation verifies."""

    def __init__(self, merchant_id: MerchantId, secrets: Sequence[str], *, is_live: bool) -> None:
        self.merchant_id = merchant_id
        self.provider = "stripe"
        self._secrets = [secret.encode() for secret in secrets]
        self._is_live = is_live

    def read(self, payload: bytes, signature: str | None, now: datetime) -> Notice:
        """Verify the bytes as they came, and say what they are about.

        Raises `InvalidSignature`, `StaleSignature`, `WrongMode`, or `Invalid` for what is signed
        and yet no event.
        """
        must_be_signed(payload, signature, self._secrets, now)
        try:
            event = msgspec.json.decode(payload, type=_Event)
            made_at = datetime.fromtimestamp(event.created, UTC)
        except (msgspec.DecodeError, ValueError, OverflowError, OSError):
            message = "It is signed, but it is not an event."
            raise Invalid(message) from None
        if event.livemode is not self._is_live:
            message = f"This account is {'live' if self._is_live else 'a test account'}."
            raise WrongMode(message)
        return _notice(event, made_at)


def must_be_signed(
    payload: bytes, signature: str | None, secrets: Sequence[bytes], now: datetime
) -> None:
    """Refuse what no active secret signed, or what was signed at another time.

    Only scheme `v1` counts: others would let a forger choose a weaker one.
    """
    fields = [part.strip().partition("=") for part in (signature or "").split(",")]
    times = [value for name, _, value in fields if name == "t"]
    signed = [value.encode() for name, _, value in fields if name == "v1"]
    if len(times) != 1 or not _TIME.fullmatch(times[0], 0):
        message = "Send `Stripe-Signature: t=…,v1=…`."
        raise InvalidSignature(message)
    message_bytes = times[0].encode() + b"." + payload
    macs = [hmac.new(one, message_bytes, hashlib.sha256) for one in secrets]
    expected = [mac.hexdigest().encode() for mac in macs]
    # Every pair is compared, in constant time each: how long it takes tells nothing.
    matches = [hmac.compare_digest(*pair) for pair in product(expected, signed)]
    if not any(matches):
        message = "No active secret made this signature."
        raise InvalidSignature(message)
    if abs(now.timestamp() - int(times[0])) > TOLERANCE.total_seconds():
        message = f"It must be signed within {TOLERANCE.seconds} seconds of now."
        raise StaleSignature(message)


def _notice(event: _Event, made_at: datetime) -> Notice:
    saying = SAYINGS.get(event.type)
    if saying is None:
        about = _read(event.data.object, _Named) or _Named()
        return Notice(event.id, event.type, about.id or "", made_at)
    about_payment = _read(event.data.object, _Intent)
    if about_payment is None:
        message = f"It is signed, but {event.type} is not about a payment."
        raise Invalid(message)
    metadata = about_payment.metadata or {}
    if metadata.get(PURPOSE) == SPENT_KEY or _is_release(event.type, about_payment):
        saying = None
    amount_minor, unit = _amount(about_payment)
    return Notice(
        event.id,
        event.type,
        about_payment.id,
        made_at,
        saying=saying,
        reference=about_payment.payment_intent
        if about_payment.object in {"charge", "refund"}
        else about_payment.id,
        operation_id=_id(metadata.get("operation_id")),
        amount_minor=amount_minor,
        currency=unit,
    )


def _is_release(kind: str, charge: _Intent) -> bool:
    """Whether a hold was given up, which older accounts call a refund: its intent says so too."""
    return kind == "charge.refunded" and not charge.captured


def _read(raw: msgspec.Raw, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError:
        return None


def _amount(payment: _Intent) -> tuple[int | None, str | None]:
    """Count what it says in our units; a currency that is not ours has none."""
    count = (
        payment.amount_refunded
        or payment.amount_received
        or payment.amount_capturable
        or payment.amount
    )
    try:
        unit = currency((payment.currency or "").upper())
        return (None if count is None else from_stripe(count, unit)), unit.code
    except (KeyError, ValueError):
        return None, None


def _id(text: object) -> OperationId | None:
    try:
        return OperationId(UUID(str(text)))
    except ValueError:
        return None
