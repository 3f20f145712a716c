"""What tests tell Stripe, and what it says, as the SDK hands it on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import msgspec
import stripe

from fynlo.kernel.ids import MerchantId, OperationId, OrderId, TenderId, TransactionId
from fynlo.kernel.money import Money, currency
from fynlo.payments.providers.port import Instruction
from fynlo.payments.providers.stripe.objects import Intent, Refund

if TYPE_CHECKING:
    from collections.abc import Callable

GBP: Final = currency("GBP")
TOLD: Final = Instruction(
    merchant_id=MerchantId(UUID(int=1)),
    order_id=OrderId(UUID(int=2)),
    transaction_id=TransactionId(UUID(int=3)),
    tender_id=TenderId(UUID(int=4)),
    operation_id=OperationId(UUID(int=5)),
    key="fynlo-1-5",
    amount=Money(1000, GBP),
    tip=Money(0, GBP),
    order_number=7,
    payment_method_ref="pm_card_visa",
    reference=None,
    first_sent_at=datetime(2026, 3, 4, 12, tzinfo=UTC),
    age=timedelta(0),
    staff_id=UUID(int=6),
    return_url="http://127.0.0.1/pay/return",
)


AFTER_ALL: Final = 4_000_000_000
"""When what a script makes was made: after everything that is looked for."""


def told(**changes: Any) -> Instruction:
    """Make an instruction that no other test has given."""
    operation = uuid4()
    return replace(TOLD, operation_id=OperationId(operation), key=f"fynlo-1-{operation}", **changes)


def intent(status: Any, **changes: Any) -> Intent:
    """Make an intent over 10.00 GBP, as we read it."""
    return msgspec.convert(intent_json(status, **changes), Intent)


def intent_json(status: Any, **changes: Any) -> dict[str, Any]:
    """Write an intent over 10.00 GBP, as Stripe does."""
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 1000,
        "amount_capturable": 1000 if status == "requires_capture" else 0,
        "amount_received": 1000 if status == "succeeded" else 0,
        "client_secret": "pi_1_secret_hush",
        "created": AFTER_ALL,
        "currency": "gbp",
        "last_payment_error": None,
        "latest_charge": None,
        "next_action": None,
        "status": status,
        **changes,
    }


def refund(status: str | None, **changes: Any) -> Refund:
    """Make a refund of 10.00 GBP, as we read it."""
    return msgspec.convert(refund_json(status, **changes), Refund)


def refund_json(status: str | None, **changes: Any) -> dict[str, Any]:
    """Write a refund of 10.00 GBP, as Stripe does."""
    said = {"id": "re_1", "object": "refund", "amount": 1000, "currency": "gbp"}
    return said | {"status": status} | changes


def problem(
    kind: Callable[..., Exception],
    status: int | None = None,
    *,
    repeated: bool = False,
    **error: Any,
) -> Exception:
    """Make one of the SDK's exceptions as its own code makes it."""
    headers = {"request-id": "req_1"} | ({"Idempotent-Replayed": "true"} if repeated else {})
    said: dict[str, Any] = {
        "http_status": status,
        "json_body": {"error": error},
        "headers": headers,
    }
    if kind in {stripe.CardError, stripe.InvalidRequestError}:
        said |= {"param": error.get("param"), "code": error.get("code")}
    return kind("What Stripe says.", **said)
