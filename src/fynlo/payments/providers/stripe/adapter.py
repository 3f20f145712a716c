"""The card port on Stripe's official SDK: one try a call, and every trouble an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from fynlo.payments.model.outcomes import (
    ActionRequired,
    AnswerLost,
    Approved,
    Burned,
    Declined,
    NextAction,
    Standing,
)
from fynlo.payments.providers.stripe import currencies, parameters, translate, trouble
from fynlo.payments.providers.stripe.lookup import Lookup
from fynlo.payments.providers.stripe.objects import Intent, Refund
from fynlo.payments.providers.stripe.wire import INTENTS, REFUNDS, Wire, intent
from fynlo.platform.database import assert_no_transaction
from fynlo.platform.telemetry import log

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import stripe

    from fynlo.kernel.money import Currency, Money
    from fynlo.payments.model.notice import Stray
    from fynlo.payments.model.outcomes import Outcome
    from fynlo.payments.providers.port import Instruction
    from fynlo.payments.providers.stripe.wire import Said

T = TypeVar("T")

_EXPAND: Final = {"expand": ["latest_charge"]}


class StripeCards:
    """One merchant's account. The client carries its key: nothing is global."""

    name = "stripe"

    def __init__(
        self, client: stripe.StripeClient, *, account: str, return_url: str, environment: str
    ) -> None:
        self.account = account
        self.return_url = return_url
        self._wire = Wire(client)
        self._lookup = Lookup(self._wire)
        self._environment = environment

    async def charge(self, instruction: Instruction) -> Outcome:
        """Create and confirm an intent that captures by itself."""
        assert_no_transaction()
        return await self._create(instruction, "automatic")

    async def authorize(self, instruction: Instruction) -> Outcome:
        """Create and confirm an intent that only holds the money."""
        assert_no_transaction()
        return await self._create(instruction, "manual")

    async def _create(self, told: Instruction, capture_method: str) -> Outcome:
        wanted = parameters.create(
            told,
            capture_method=capture_method,
            return_url=told.return_url,
            environment=self._environment,
        )
        call = self._wire.ask(Intent, "post", INTENTS, wanted, key=told.key)
        return await self._ask(call, told, translate.intent)

    async def capture(self, instruction: Instruction) -> Outcome:
        """Capture all that the intent holds; a hold that has run out is a decline."""
        assert_no_transaction()
        assert instruction.reference is not None
        path = intent(instruction.reference, "capture")
        call = self._wire.ask(Intent, "post", path, _EXPAND, key=instruction.key)
        match await self._ask(call, instruction, translate.intent):
            case Approved(reference, Standing.RELEASED):
                return Declined(reference, "authorization_expired", "The hold has run out.")
            case Approved(_, Standing.HELD):
                # It must not look like a hold that is free to be captured, at once and for ever.
                return AnswerLost("the intent is still held")
            case outcome:
                return outcome

    async def void(self, instruction: Instruction) -> Outcome:
        """Cancel the intent; if it was paid before, say so."""
        assert_no_transaction()
        assert instruction.reference is not None
        path = intent(instruction.reference, "cancel")
        wanted = {"cancellation_reason": "requested_by_customer", **_EXPAND}
        call = self._wire.ask(Intent, "post", path, wanted, key=instruction.key)
        return await self._ask(call, instruction, translate.intent)

    async def refund(self, instruction: Instruction) -> Outcome:
        """Refund all of the intent; a refund that is pending is not known yet."""
        assert_no_transaction()
        reference = instruction.reference
        assert reference is not None
        wanted = parameters.refund(instruction, self._environment)
        call = self._wire.ask(Refund, "post", REFUNDS, wanted, key=instruction.key)
        return await self._ask(
            call, instruction, lambda made, unit: translate.refund(made, reference, unit)
        )

    async def find(self, instruction: Instruction) -> Outcome | None:
        """Retrieve the intent, or look through those made since the first sending."""
        assert_no_transaction()
        return await self._lookup.find(instruction)

    async def burn(self, instruction: Instruction) -> Burned | Outcome:
        """Take the key with an intent that nobody can pay, and cancel that.

        `idempotency_error` means that the operation's own call was heard. An error that is repeated
        is that of an earlier burning, for any other call differs: the key is spent on it.
        """
        assert_no_transaction()
        wanted = parameters.spent_key(instruction, self._environment)
        try:
            made = await self._wire.ask(Intent, "post", INTENTS, wanted, key=instruction.key)
        except trouble.TROUBLE as problem:
            if trouble.is_repeat(problem):
                return Burned()
            return AnswerLost(trouble.reason(problem), is_key_taken=trouble.is_key_taken(problem))
        try:
            await self._wire.ask(Intent, "post", intent(made.value.id, "cancel"), {})
        except trouble.TROUBLE as problem:
            # Nobody has its secret and no card is on it: it can never be paid.
            log.warning("an unpayable intent stays open", reason=trouble.reason(problem))
        return Burned(made.value.id)

    async def inspect(self, reference: str) -> Stray | AnswerLost | None:
        """Retrieve an intent that is not in our journal."""
        assert_no_transaction()
        return await self._lookup.inspect(reference)

    async def next_action(self, reference: str) -> NextAction | None:
        """Read the secret and the bank's page for the customer; None while Stripe is silent."""
        assert_no_transaction()
        try:
            said = await self._wire.ask(Intent, "get", intent(reference), {})
        except trouble.TROUBLE as problem:
            log.warning("no secret for the customer's device", reason=trouble.reason(problem))
            return None
        action = said.value.next_action
        redirect = action.redirect_to_url if action else None
        return NextAction(said.value.client_secret, redirect.url if redirect else None)

    def minimum(self, currency: Currency) -> int:
        """Return the least that a card may pay, in minor units."""
        return currencies.minimum(currency)

    def fits(self, amount: Money) -> bool:
        """Whether Stripe can express the amount."""
        return currencies.fits(amount)

    async def _ask(
        self,
        call: Awaitable[Said[T]],
        told: Instruction,
        read: Callable[[T, Currency], Outcome],
    ) -> Outcome:
        """Make a call and say what came of it.

        A repeat of an old answer shows how things were then, so what was open is looked at again.
        """
        try:
            answer = await call
        except trouble.TROUBLE as problem:
            outcome = trouble.outcome(problem, told)
            is_old = trouble.is_answered(problem) or trouble.is_repeat(problem)
        else:
            outcome = read(answer.value, told.amount.currency)
            is_old = trouble.is_repeat(answer)
        match outcome:
            case ActionRequired(reference) if is_old:
                return await self._lookup.find(replace(told, reference=reference)) or outcome
            case AnswerLost(is_last_word=False) if is_old:
                return await self._lookup.find(told) or outcome
            case _:
                return outcome
