"""Find what became of an operation: look, never act, and never by search, which lags behind."""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

import stripe

from fynlo.payments.model.outcomes import NOT_CARRIED_OUT, AnswerLost, Approved, Declined, Standing
from fynlo.payments.providers.port import CLOCKS_DIFFER_MAX
from fynlo.payments.providers.stripe import parameters, translate, trouble
from fynlo.payments.providers.stripe.objects import Event, Intent, Page, Refund
from fynlo.payments.providers.stripe.wire import EVENTS, INTENTS, REFUNDS, intent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fynlo.payments.model.notice import Stray
    from fynlo.payments.model.outcomes import Outcome
    from fynlo.payments.providers.port import Instruction
    from fynlo.payments.providers.stripe.wire import Said, Wire

PAGES_MAX: Final = 500
"""How many pages of a hundred are looked through before a person must: a day of 50 000 payments."""

PAGE_TRIES: Final = 3
"""How often a page is asked for: of so many one always fails, and the others would be in vain."""

_LOOK_BACK: Final = timedelta(minutes=5)
"""How far beyond the first sending is looked: what lies between our lines takes time as well."""

_NAME: Final = re.compile(r"\w+", re.ASCII)
_UNTRIED: Final = frozenset({"requires_confirmation", "requires_payment_method"})
_CONFIRMED_WITHIN: Final = timedelta(minutes=2)
"""How long after it is sent an intent may still be on its way from made to tried."""


T = TypeVar("T", Intent, Refund, Event)


class TooMany(Exception):
    """There are more objects than a lookup may read."""


class Lookup:
    """Reads one account (docs/reference/stripe.md §5)."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

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
                of = {"payment_intent": found.id}
                refunds = [one async for one in self._each(Page[Refund], REFUNDS, of)]
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

    async def _intent(self, told: Instruction) -> Intent | None:
        if told.reference is not None:
            known = await self._retrieve(told.reference)
            return None if _is_anothers(known, told) else known
        # Lists are read without their charges; the one that is found is read again, with its own.
        async for one in self._each(Page[Intent], INTENTS, {}, told):
            if one.mark("operation_id") == str(told.operation_id) and not _is_spent_key(one):
                return await self._retrieve(one.id)
        created = {"types": ["payment_intent.created"]}
        async for event in self._each(Page[Event], EVENTS, created, told):
            about, cause = event.data.object, event.request
            if cause is None or cause.idempotency_key != told.key or _is_spent_key(about):
                continue
            return await self._retrieve(about.id)
        return None

    async def _retrieve(self, reference: str) -> Intent | None:
        expand = {"expand": ["latest_charge"]}
        if not _NAME.fullmatch(reference):
            return None  # A person may have typed anything.
        try:
            return (await self._wire.ask(Intent, "get", intent(reference), expand)).value
        except stripe.InvalidRequestError as problem:
            if problem.http_status == HTTPStatus.NOT_FOUND:
                return None
            raise

    async def _page(self, kind: type[Page[T]], path: str, wanted: dict[str, Any]) -> Said[Page[T]]:
        """Read a page; reading changes nothing, so it is asked for again at once."""
        for _ in range(PAGE_TRIES - 1):
            try:
                return await self._wire.ask(kind, "get", path, wanted)
            except trouble.TROUBLE as problem:
                if trouble.is_refusal(problem):
                    raise
        return await self._wire.ask(kind, "get", path, wanted)

    async def _each(
        self,
        kind: type[Page[T]],
        path: str,
        wanted: dict[str, Any],
        told: Instruction | None = None,
    ) -> AsyncIterator[T]:
        """Read a list, newest first; with `told` only what is younger than its sending."""
        wanted = {**wanted, "limit": 100}
        since: int | None = None
        for _ in range(PAGES_MAX):
            page = await self._page(kind, path, wanted)
            if told is not None and since is None:
                since = _since(page, told)
            for one in page.value.data:
                if since is not None and one.created < since:
                    return
                yield one
            if not page.value.has_more:
                return
            wanted = {**wanted, "starting_after": page.value.data[-1].id}
        raise TooMany


def _since(page: Said[Page[Any]], told: Instruction) -> int:
    """Tell when the operation was first sent, by Stripe's clock, which dates its answers.

    Ours may be fast by hours: a time of ours would look past the payment. How long ago it was is
    the same on both clocks.
    """
    try:
        their_now = parsedate_to_datetime(page.headers["Date"])
    except (KeyError, ValueError):
        return int((told.first_sent_at - CLOCKS_DIFFER_MAX).timestamp())
    return int((their_now - told.age - told.reads_back - _LOOK_BACK).timestamp())


def _was_never_tried(found: Intent, outcome: Outcome, told: Instruction) -> bool:
    return (
        isinstance(outcome, AnswerLost)
        and found.status in _UNTRIED
        and told.age >= _CONFIRMED_WITHIN
    )


def _is_anothers(found: Intent | None, told: Instruction) -> bool:
    """Whether it lacks this payment's mark: a person may mistake somebody else's for it.

    What we asked for by a card's reference carries our mark; what was adopted may carry any.
    """
    if found is None or told.payment_method_ref is None:
        return False
    return found.mark("payment_id") != str(told.tender_id)


def _is_spent_key(found: Intent) -> bool:
    """Whether it was only made to take the key: then the operation itself never happened."""
    return found.mark(parameters.PURPOSE) == parameters.SPENT_KEY
