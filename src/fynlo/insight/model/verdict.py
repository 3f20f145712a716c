"""Why an order is (not) paid, in one sentence for a cashier; and what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from fynlo.insight.model.aftermath import Aftermath, aftermath
from fynlo.insight.model.undecided import undecided
from fynlo.insight.model.words import joined, paying, way, ways
from fynlo.kernel.money import total
from fynlo.orders.model import Stage, State
from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.transaction import FINAL, Status

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.insight.model.facts import Story
    from fynlo.payments.model.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Next:
    """What happens next, or what somebody does next; and when, if that is known."""

    what: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sentence, and what comes next."""

    says: str
    then: Next | None


def verdict(story: Story) -> Verdict:
    """Say the one thing that a cashier must know, with what still goes on behind it."""
    says, then = _on_the_order(story)
    behind: Aftermath = aftermath(story)
    if behind.says:
        says = f"{says}; {behind.says}"
    if then is None and behind.what is not None:
        then = Next(behind.what, behind.at)
    return Verdict(f"{says}.", then)


def _on_the_order(story: Story) -> tuple[str, Next | None]:
    order = story.order
    if order.stage is Stage.CANCELED:
        return _canceled(story), None
    if order.is_paid:
        return _paid(story), None
    waiting = undecided(story)
    if waiting is not None:
        return _with_what_is_paid(story, waiting.says), Next(waiting.what, waiting.at)
    if order.stage is Stage.DRAFT:
        says = "The order is a draft, and takes payments only once it is validated"
        return says, Next("Validate the order.")
    due = order.outstanding
    last = _last_failure(story)
    still = f"{due} is still due" if order.paid else f"{due} is due"
    if last is None:
        says = "Nobody has tried to pay yet, and " + still
        return _with_what_is_paid(story, says, alone=still), Next(f"Take {due}.")
    return _with_what_is_paid(story, f"{last}, and {still}"), Next(f"Take {due} in another way.")


def _canceled(story: Story) -> str:
    change = next(one for one in reversed(story.history) if one.to_state is State.CANCELED)
    reason = f": {change.reason.rstrip('.')}" if change.reason else ""
    return f"The order was canceled by {story.name(change.by)}{reason}"


def _paid(story: Story) -> str:
    order = story.order
    if not order.total and not order.paid:
        return "Nothing had to be paid: the order costs nothing"
    refunded = f"; {order.refunded} of it was given back" if order.refunded else ""
    return f"Paid in full: {_ways(story)}{refunded}"


def _ways(story: Story) -> str:
    """Say in which ways it was paid; only the sum, if not every payment was read."""
    completed = [one for one in story.transactions if one.status is Status.COMPLETED]
    taken = list(chain.from_iterable(one.tenders for one in completed))
    known = total((tender.amount for tender in taken), story.order.currency)
    return ways(taken) if known == story.order.paid else str(story.order.paid)


def _with_what_is_paid(story: Story, says: str, *, alone: str | None = None) -> str:
    """Begin with what was paid in part, if anything was."""
    if not story.order.paid:
        return says
    return f"Paid in part, {_ways(story)}: {_uncapitalized(alone or says)}"


def _uncapitalized(says: str) -> str:
    return says[:1].lower() + says[1:]


def _last_failure(story: Story) -> str | None:
    """Say how the last try ended, unless it was paid."""
    ended = [one for one in story.transactions if one.status in FINAL]
    if not ended or ended[-1].status is Status.COMPLETED:
        return None
    last = ended[-1]
    if last.status is Status.DECLINED:
        return _declined(last)
    payments = joined([paying(one) for one in last.tenders])
    if last.status is Status.EXPIRED:
        return f"The last payment ({payments}) was not finished in time and was given up"
    reason = f": {last.cancel_reason.rstrip('.')}" if last.cancel_reason else ""
    return f"The last payment ({payments}) was given up{_by(story, last)}{reason}"


def _by(story: Story, transaction: Transaction) -> str:
    calls = (one for one in story.asked if one.target_id == transaction.id)
    given_up = next((one for one in calls if one.kind == "transactions.cancel"), None)
    return "" if given_up is None else f" by {story.name(given_up.by)}"


def _declined(transaction: Transaction) -> str:
    refused = [
        f"{one.amount} {way(one)} was refused ({one.decline_code})"
        for one in transaction.tenders
        if one.decline_code is not None
    ]
    gone = [
        f"{one.amount} {way(one)} {_GONE[one.state]}"
        for one in transaction.tenders
        if one.is_provided and one.decline_code is None and one.state in _GONE
    ]
    return f"The last payment was declined: {joined(refused or gone)}"


_GONE: Final = {
    TenderState.DECLINED: "was refused",
    TenderState.VOIDED: "was given up at the provider",
    TenderState.REFUNDED: "was taken and given back",
}
