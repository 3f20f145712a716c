"""A provider in a hundred lines: what it may truthfully answer, and every way it may fail to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from fynlo.payments.model.outcomes import (
    ActionRequired,
    AnswerLost,
    Approved,
    Burned,
    Declined,
    Standing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from fynlo.kernel.ids import OperationId, TenderId
    from fynlo.kernel.money import Currency, Money
    from fynlo.payments.model.notice import Stray
    from fynlo.payments.model.outcomes import NextAction, Outcome
    from fynlo.payments.providers.port import Instruction

T = TypeVar("T")

FORGETS_AFTER: Final = timedelta(hours=24)


class Intent(StrEnum):
    """Where one payment stands with the provider; a tender that has none was never heard of."""

    HELD = "held"
    ACTION = "action"
    DECLINED = "declined"
    CANCELED = "canceled"
    CAPTURED = "captured"
    RETURNING = "returning"
    RETURNED = "returned"


class Luck(StrEnum):
    """What becomes of one call."""

    FINE = "fine"
    BEFORE = "lost before it was heard"
    AFTER = "done, and the answer is lost"
    ERROR = "an error that the key keeps; nothing was done"
    ERROR_ACTED = "an error that the key keeps, though it was done"


class CardSays(StrEnum):
    """What the customer's bank makes of a new payment."""

    YES = "yes"
    NO = "no"
    ASKS = "asks"
    UNHEARD = "refused before a payment was made"


@dataclass(frozen=True)
class Kept:
    """What a key remembers: the answer, an error (None), or that it was burned."""

    at: datetime
    answer: Outcome | None
    is_burned: bool = False


@dataclass(frozen=True)
class Books:
    """All that the provider knows; a value, so that a world can be kept and gone on from."""

    intents: dict[TenderId, Intent]
    is_automatic: dict[TenderId, bool]
    keys: dict[OperationId, Kept]

    def with_intent(self, tender_id: TenderId, state: Intent) -> Books:
        return replace(self, intents={**self.intents, tender_id: state})


NOTHING: Final = Books({}, {}, {})


class Violation(AssertionError):
    """Something that must never happen, happened."""


class Oracle:
    """Answers every question of one run from a script, and notes what else it could have said."""

    def __init__(self, script: Sequence[int]) -> None:
        self.said = list(script)
        self.of: list[int] = []

    def choose(self, options: Sequence[T]) -> T:
        index = len(self.of)
        if index == len(self.said):
            self.said.append(0)
        self.of.append(len(options))
        return options[self.said[index]]

    def others(self, since: int) -> list[list[int]]:
        """List the scripts that differ from what was said, first in an answer after `since`."""
        found = []
        for index in range(since, len(self.of)):
            found += [[*self.said[:index], other] for other in range(1, self.of[index])]
        return found


_STANDS: Final = {
    Intent.HELD: Standing.HELD,
    Intent.CAPTURED: Standing.CAPTURED,
    Intent.CANCELED: Standing.RELEASED,
    Intent.RETURNED: Standing.RETURNED,
}


class Bank:
    """The card port over `Books`, asked by the real `perform`."""

    name, account, return_url = "stripe", "mark", "https://till.test/pay/return"

    def __init__(
        self, books: Books, now: datetime, oracle: Oracle, *, misfortunes: int, may_act: bool
    ) -> None:
        self.books, self.now, self.oracle = books, now, oracle
        self.misfortunes, self.may_act = misfortunes, may_act

    async def charge(self, instruction: Instruction) -> Outcome:
        return self._post(instruction, lambda: self._create(instruction, is_automatic=True))

    async def authorize(self, instruction: Instruction) -> Outcome:
        return self._post(instruction, lambda: self._create(instruction, is_automatic=False))

    async def capture(self, instruction: Instruction) -> Outcome:
        return self._post(instruction, lambda: self._capture(instruction))

    async def void(self, instruction: Instruction) -> Outcome:
        return self._post(instruction, lambda: self._void(instruction))

    async def refund(self, instruction: Instruction) -> Outcome:
        return self._post(instruction, lambda: self._refund(instruction))

    async def find(self, instruction: Instruction) -> Outcome | None:
        if self._luck((Luck.FINE, Luck.BEFORE)) is not Luck.FINE:
            return AnswerLost("nobody reads")
        return self._stands(instruction)

    async def burn(self, instruction: Instruction) -> Burned | Outcome:
        kept = self._kept(instruction)
        luck = self._luck((Luck.FINE, Luck.BEFORE, Luck.AFTER))
        if luck is Luck.BEFORE:
            return AnswerLost("lost")
        if kept is None:
            self._keep(instruction, Kept(self.now, None, is_burned=True))
        if luck is Luck.AFTER:
            return AnswerLost("lost")
        if kept is not None and not kept.is_burned:
            return AnswerLost("taken", is_key_taken=True)
        return Burned()

    async def inspect(self, reference: str) -> Stray | AnswerLost | None:
        raise NotImplementedError(reference)

    async def next_action(self, reference: str) -> NextAction | None:
        raise NotImplementedError(reference)

    def minimum(self, currency: Currency) -> int:
        raise NotImplementedError(currency)

    def fits(self, amount: Money) -> bool:
        raise NotImplementedError(amount)

    def _luck(self, options: Sequence[Luck]) -> Luck:
        luck = self.oracle.choose(options if self.misfortunes else options[:1])
        self.misfortunes -= luck is not Luck.FINE
        return luck

    def _kept(self, told: Instruction) -> Kept | None:
        kept = self.books.keys.get(told.operation_id)
        return None if kept is None or self.now >= kept.at + FORGETS_AFTER else kept

    def _keep(self, told: Instruction, kept: Kept) -> None:
        self.books = replace(self.books, keys={**self.books.keys, told.operation_id: kept})

    def _post(self, told: Instruction, act: Callable[[], Outcome]) -> Outcome:
        luck = self._luck(tuple(Luck))
        if luck is Luck.BEFORE:
            return AnswerLost("lost")
        if (kept := self._kept(told)) is not None:
            return AnswerLost("lost") if luck is not Luck.FINE else self._repeat(told, kept)
        answer: Outcome | None = None if luck is Luck.ERROR else act()
        is_error = luck in {Luck.ERROR, Luck.ERROR_ACTED}
        self._keep(told, Kept(self.now, None if is_error else answer))
        return AnswerLost("lost") if answer is None or luck is not Luck.FINE else answer

    def _repeat(self, told: Instruction, kept: Kept) -> Outcome:
        """A repeat shows how things were then; what was open is looked at again (the adapter)."""
        if kept.is_burned:
            return self._stands(told) or AnswerLost("the key was used for something else")
        if kept.answer is None:
            return AnswerLost("the provider repeats its error", is_last_word=True)
        if isinstance(kept.answer, ActionRequired | AnswerLost):
            return self._stands(told) or kept.answer
        return kept.answer

    def _create(self, told: Instruction, *, is_automatic: bool) -> Outcome:
        self._must_be_wanted()
        if told.tender_id in self.books.intents:
            raise Violation("charged twice")
        says = self.oracle.choose(tuple(CardSays))
        if says is CardSays.UNHEARD:
            return Declined(None, "provider_refused", "No.")
        approved = Intent.CAPTURED if is_automatic else Intent.HELD
        states = {CardSays.YES: approved, CardSays.NO: Intent.DECLINED}
        self._move(told, states.get(says, Intent.ACTION))
        automatic = {**self.books.is_automatic, told.tender_id: is_automatic}
        self.books = replace(self.books, is_automatic=automatic)
        return self._known(told)

    def _capture(self, told: Instruction) -> Outcome:
        match self.books.intents[told.tender_id]:
            case Intent.HELD:
                self._must_be_wanted()
                self._move(told, Intent.CAPTURED)
            case Intent.CANCELED:
                return Declined(told.reference, "authorization_expired", "It ran out.")
            case Intent.ACTION | Intent.DECLINED:
                raise Violation("captured what was never held")
            case _:
                return Approved(_reference(told), Standing.CAPTURED, told.amount.minor)
        return self._known(told)

    def _void(self, told: Instruction) -> Outcome:
        match self.books.intents[told.tender_id]:
            case Intent.CAPTURED | Intent.RETURNING | Intent.RETURNED:
                return Approved(_reference(told), Standing.CAPTURED, told.amount.minor)
            case _:
                self._move(told, Intent.CANCELED)
        return self._known(told)

    def _refund(self, told: Instruction) -> Outcome:
        state = self.books.intents[told.tender_id]
        if state is Intent.CAPTURED:
            ways = (Intent.RETURNED, Intent.RETURNING, Intent.CAPTURED)
            state = self.oracle.choose(ways if self.misfortunes else ways[:1])
            self.misfortunes -= state is not Intent.RETURNED
            self._move(told, state)
            if state is Intent.CAPTURED:
                return Declined(told.reference, "refund_failed", "No.")
        elif state not in {Intent.RETURNING, Intent.RETURNED}:
            raise Violation("refunded what was never taken")
        return self._known(told)

    def _must_be_wanted(self) -> None:
        if not self.may_act:
            raise Violation("money was moved by a look")

    def _move(self, told: Instruction, state: Intent) -> None:
        self.books = self.books.with_intent(told.tender_id, state)

    def _known(self, told: Instruction) -> Outcome:
        found = self._stands(told)
        assert found is not None
        return found

    def _stands(self, told: Instruction) -> Outcome | None:
        state = self.books.intents.get(told.tender_id)
        reference = _reference(told)
        match state:
            case None:
                return None
            case Intent.ACTION:
                return ActionRequired(reference, "redirect_to_url")
            case Intent.DECLINED:
                return Declined(reference, "card_declined", "The card was declined.")
            case Intent.RETURNING:
                return AnswerLost("a refund is pending")
            case _:
                amount = 0 if state is Intent.CANCELED else told.amount.minor
                return Approved(reference, _STANDS[state], amount)


def _reference(told: Instruction) -> str:
    return f"pi_{told.tender_id}"
