"""What Stripe tells: an event that is taken, and those that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tools.examples.script import Call

if TYPE_CHECKING:
    from tools.examples.script import Step

_EVENT: Final[dict[str, Any]] = {
    "id": "evt_3Pq1xX2eZvKYlo2C0demo",
    "object": "event",
    "api_version": "2026-10-28.endive",
    "created": 1_772_625_600,
    "livemode": False,
    "type": "payment_intent.succeeded",
    "data": {
        "object": {
            "id": "pi_3Pq1xX2eZvKYlo2C1demo",
            "object": "payment_intent",
            "amount": 1250,
            "amount_received": 1250,
            "currency": "gbp",
            "status": "succeeded",
        }
    },
}
_GUESS: Final = "whsec_a_guess"
_TO: Final = "POST /webhooks/stripe"

SCENE: Final[tuple[Step, ...]] = (
    Call(to=_TO, title="A payment succeeded", body=_EVENT, by=None),
    Call(to=_TO, title="A forgery", body=_EVENT, by=None, secret=_GUESS, status=400),
    Call(to=_TO, title="A replay", body=_EVENT, by=None, signed_before=3600, status=400),
    Call(
        to=_TO,
        title="A live event for a test account",
        body={**_EVENT, "livemode": True},
        by=None,
        status=400,
    ),
)
