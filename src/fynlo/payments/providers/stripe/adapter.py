"""The card port on Stripe's official SDK: one try a call, and every trouble an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import stripe

from fynlo.payments.model.outcomes import AnswerLost, Approved, Burned, Declined, Standing
from fynlo.payments.providers.stripe import currencies, parameters, translate
from fynlo.platform.database import assert_no_transaction
from fynlo.platform.telemetry import log

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from fynlo.kernel.money import Currency, Money
    from fynlo.payments.model.outcomes import Outcome
    from fynlo.payments.providers.port import Instruction

PAGES_MAX: Final = 50
"""How many pages of a hundred intents a search looks through before a person must."""

_LOOK_BACK: Final = timedelta(minutes=5)


class StripeCards:
    """One merchant's account. The client carries its key: nothing is global."""

    name = "stripe"

    def __init__(self, client: stripe.StripeClient, return_url: str) -> None:
        self._intents = client.v1.payment_intents
        self._refunds = client.v1.refunds
        self._events = client.v1.events
        self._return_url = return_url

    async def charge(self, instruction: Instruction) -> Outcome:
        """Create and confirm an intent that captures by itself."""
        return await self._create(instruction, "automatic")

    async def authorize(self, instruction: Instruction) -> Outcome:
        """Create and confirm an intent that only holds the money."""
        return await self._create(instruction, "manual")

    async def _create(self, told: Instruction, capture_method: str) -> Outcome:
        wanted = parameters.create(told, capture_method=capture_method, return_url=self._return_url)
        return await self._ask(self._intents.create_async(_typed(wanted), _options(told)), told)

    async def capture(self, instruction: Instruction) -> Outcome:
        """Capture all that the intent holds."""
        assert instruction.reference is not None
        call = self._intents.capture_async(
            instruction.reference, {"expand": ["latest_charge"]}, _options(instruction)
        )
        outcome = await self._ask(call, instruction)
        if isinstance(outcome, Approved) and outcome.standing is Standing.RELEASED:
            return Declined(outcome.reference, "authorization_expired", "The hold has run out.")
        return outcome

    async def void(self, instruction: Instruction) -> Outcome:
        """Cancel the intent; if it was paid before, say so."""
        assert instruction.reference is not None
        call = self._intents.cancel_async(
            instruction.reference,
            {"cancellation_reason": "requested_by_customer", "expand": ["latest_charge"]},
            _options(instruction),
        )
        return await self._ask(call, instruction)

    async def refund(self, instruction: Instruction) -> Outcome:
        """Refund all of the intent; a refund that is pending is not known yet."""
        assert instruction.reference is not None
        assert_no_transaction()
        try:
            made = await self._refunds.create_async(
                {
                    "payment_intent": instruction.reference,
                    "metadata": parameters.metadata(instruction),
                },
                _options(instruction),
            )
        except stripe.InvalidRequestError as problem:
            if problem.code == "charge_already_refunded":
                return Approved(instruction.reference, Standing.RETURNED, 0)
            return translate.error(problem, instruction.amount.currency)
        except translate.TROUBLE as problem:
            return translate.error(problem, instruction.amount.currency)
        if made.status == "succeeded":
            return Approved(instruction.reference, Standing.RETURNED, 0)
        if made.status in {"failed", "canceled"}:
            return Declined(
                instruction.reference, "refund_failed", "The refund did not go through."
            )
        return AnswerLost(f"the refund is {made.status}")

    async def find(self, instruction: Instruction) -> Outcome | None:
        """Retrieve the intent, or list those made since the first sending and compare the id.

        Never by search, which lags behind (docs/reference/stripe.md §5).
        """
        assert_no_transaction()
        try:
            found = await self._retrieve(instruction)
        except translate.TROUBLE as problem:
            return AnswerLost(type(problem).__name__)
        return None if found is None else translate.intent(found, instruction.amount.currency)

    async def _retrieve(self, told: Instruction) -> stripe.PaymentIntent | None:
        expand = ["latest_charge"]
        if told.reference is not None:
            return await self._intents.retrieve_async(told.reference, {"expand": expand})
        since = int((told.first_sent_at - _LOOK_BACK).timestamp())
        wanted: dict[str, Any] = {
            "created": {"gte": since},
            "expand": ["data.latest_charge"],
            "limit": 100,
        }
        for _ in range(PAGES_MAX):
            page = await self._intents.list_async(_typed(wanted))
            for found in page.data:
                if getattr(found.metadata, "operation_id", None) == str(told.operation_id):
                    return found
            if not page.has_more:
                return await self._by_event(told)
            wanted["starting_after"] = page.data[-1].id
        raise stripe.APIError("Too many intents to look through.")

    async def _by_event(self, told: Instruction) -> stripe.PaymentIntent | None:
        since = int((told.first_sent_at - _LOOK_BACK).timestamp())
        page = await self._events.list_async({"created": {"gte": since}, "limit": 100})
        for event in page.data:
            request = getattr(event, "request", None)
            if getattr(request, "idempotency_key", None) == told.key:
                about = getattr(event.data, "object", None)
                if about is not None and getattr(about, "object", None) == "payment_intent":
                    return await self._intents.retrieve_async(
                        str(about.id), {"expand": ["latest_charge"]}
                    )
        return None

    async def burn(self, instruction: Instruction) -> Burned | Outcome:
        """Take the key with an intent that nobody can pay, and cancel that.

        `idempotency_error` means that the call did happen after all.
        """
        assert_no_transaction()
        try:
            made = await self._intents.create_async(
                _typed(parameters.unconfirmed(instruction)), _options(instruction)
            )
        except stripe.IdempotencyError:
            return AnswerLost("the call did happen after all")
        except translate.TROUBLE as problem:
            return AnswerLost(type(problem).__name__)
        try:
            await self._intents.cancel_async(made.id)
        except translate.TROUBLE as problem:
            # Nobody has its secret and no card is on it: it can never be paid.
            log.warning("burned intent not cancelled", reason=type(problem).__name__)
        return Burned(made.id)

    async def client_secret(self, reference: str) -> str | None:
        """Read the secret for the customer's device; None while Stripe cannot be asked."""
        assert_no_transaction()
        try:
            return (await self._intents.retrieve_async(reference)).client_secret
        except translate.TROUBLE:
            return None

    def minimum(self, currency: Currency) -> int:
        """Return the least that a card may pay, in minor units."""
        return currencies.minimum(currency)

    def fits(self, amount: Money) -> bool:
        """Whether Stripe can express the amount."""
        return currencies.fits(amount)

    async def _ask(self, call: Awaitable[stripe.PaymentIntent], told: Instruction) -> Outcome:
        assert_no_transaction()
        try:
            return translate.intent(await call, told.amount.currency)
        except translate.TROUBLE as problem:
            outcome = translate.error(problem, told.amount.currency)
            if isinstance(problem, stripe.AuthenticationError | stripe.PermissionError):
                log.error("the card provider refused our account", status=problem.http_status)
            return outcome


def _options(told: Instruction) -> stripe.RequestOptions:
    return {"idempotency_key": told.key}


def _typed(wanted: dict[str, Any]) -> Any:
    return wanted
