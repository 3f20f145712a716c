"""Find what became of an operation: look, never act, and never by search, which lags behind."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import stripe

from fynlo.payments.model.outcomes import NOT_CARRIED_OUT, AnswerLost, Approved, Declined, Standing
from fynlo.payments.providers.port import CLOCKS_DIFFER_MAX
from fynlo.payments.providers.stripe import parameters, translate, trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from fynlo.payments.model.notice import Stray
    from fynlo.payments.model.outcomes import Outcome
    from fynlo.payments.providers.port import Instruction

PAGES_MAX: Final = 50
"""How many pages of a hundred are looked through before a person must."""

_LOOK_BACK: Final = timedelta(minutes=5)
"""How far beyond the first sending is looked: what lies between our lines takes time as well."""

_UNTRIED: Final = frozenset({"requires_confirmation", "requires_payment_method"})
_CONFIRMED_WITHIN: Final = timedelta(minutes=2)
"""How long after it is sent an intent may still be on its way from made to tried."""


class TooMany(Exception):
    """There are more objects than a lookup may read."""


class Lookup:
    """Reads one account (docs/reference/stripe.md §5)."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._intents = client.v1.payment_intents
        self._refunds = client.v1.refunds
        self._events = client.v1.events

    async def find(self, told: Instruction) -> Outcome | None:
        """Say where the operation's money stands; None when Stripe knows nothing of it."""
        try:
            found = await self._intent(told)
            if found is None:
                return None
            outcome = translate.intent(found, told.amount.currency)
            if _was_never_tried(found, outcome, told):
                # Nobody will try it any more; what is declined with a reference is given up there.
                return Declined(found.id, NOT_CARRIED_OUT.code, NOT_CARRIED_OUT.message)
            if isinstance(outcome, Approved) and outcome.standing is Standing.RETURNED:
                refunds = [one async for one in self._refunds_of(found.id)]
                return translate.returned(found, refunds, told.amount.currency)
        except TooMany:
            return AnswerLost("there are too many payments to look through")
        except trouble.TROUBLE as problem:
            return AnswerLost(trouble.reason(problem))
        return outcome

    async def inspect(self, reference: str) -> Stray | AnswerLost | None:
        """Say where an intent stands of which we know nothing but its name."""
        try:
            found = await self._retrieve(reference)
        except trouble.TROUBLE as problem:
            return AnswerLost(trouble.reason(problem))
        return None if found is None else translate.stray(found)

    async def _intent(self, told: Instruction) -> Any:
        if told.reference is not None:
            known = await self._retrieve(told.reference)
            return None if _is_anothers(known, told) else known
        async for one in _each(self._intents.list_async, {"expand": ["data.latest_charge"]}, told):
            if _meta(one, "operation_id") == str(told.operation_id) and not _is_spent_key(one):
                return one
        created = {"types": ["payment_intent.created"]}
        async for event in _each(self._events.list_async, created, told):
            request = getattr(event, "request", None)
            about = event.data.object
            if getattr(request, "idempotency_key", None) == told.key and not _is_spent_key(about):
                return await self._retrieve(str(about.id))
        return None

    async def _retrieve(self, reference: str) -> Any:
        try:
            return await self._intents.retrieve_async(reference, {"expand": ["latest_charge"]})
        except stripe.InvalidRequestError as problem:
            if problem.http_status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def _refunds_of(self, reference: str) -> AsyncIterator[Any]:
        return _each(self._refunds.list_async, {"payment_intent": reference})


async def _each(
    call: Callable[[Any], Awaitable[Any]], wanted: dict[str, Any], told: Instruction | None = None
) -> AsyncIterator[Any]:
    """Read a list page by page, newest first; with `told` only what is younger than its sending."""
    wanted = {**wanted, "limit": 100}
    since: int | None = None
    for _ in range(PAGES_MAX):
        page = await call(wanted)
        if told is not None and since is None:
            since = _since(page, told)
        for one in page.data:
            if since is not None and one.created < since:
                return
            yield one
        if not page.has_more:
            return
        wanted = {**wanted, "starting_after": page.data[-1].id}
    raise TooMany


def _since(page: Any, told: Instruction) -> int:
    """Tell when the operation was first sent, by Stripe's clock, which dates its answers.

    Ours may be fast by hours: a time of ours would look past the payment. How long ago it was is
    the same on both clocks.
    """
    headers = getattr(getattr(page, "last_response", None), "headers", None) or {}
    try:
        their_now = parsedate_to_datetime(headers["Date"])
    except (KeyError, ValueError):
        return int((told.first_sent_at - CLOCKS_DIFFER_MAX).timestamp())
    return int((their_now - told.age - told.reads_back - _LOOK_BACK).timestamp())


def _was_never_tried(found: Any, outcome: Outcome, told: Instruction) -> bool:
    return (
        isinstance(outcome, AnswerLost)
        and found.status in _UNTRIED
        and told.age >= _CONFIRMED_WITHIN
    )


def _meta(intent: Any, name: str) -> str | None:
    found: str | None = getattr(getattr(intent, "metadata", None), name, None)
    return found


def _is_anothers(intent: Any, told: Instruction) -> bool:
    """Whether it lacks this payment's mark: a person may mistake somebody else's for it.

    What we asked for by a card's reference carries our mark; what was adopted may carry any.
    """
    if intent is None or told.payment_method_ref is None:
        return False
    return _meta(intent, "payment_id") != str(told.tender_id)


def _is_spent_key(intent: Any) -> bool:
    """Whether it was only made to take the key: then the operation itself never happened."""
    return _meta(intent, parameters.PURPOSE) == parameters.SPENT_KEY
