"""What must be true at the end, whatever went wrong: each rule names every breach of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.chaos.journal import UNDONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fynlo.chaos.evidence import Evidence, Json

OPEN_INTENTS: Final = frozenset({"requires_capture", "requires_action", "processing"})
"""States of an intent from which money can still move without anybody asking again."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that is not as it must be."""

    rule: str
    subject: str
    what: str


def breaches(evidence: Evidence) -> list[Breach]:
    """Hold the evidence against every rule."""
    found: list[Breach] = []
    for rule, check in RULES.items():
        found += [Breach(rule, subject, what) for subject, what in check(evidence)]
    return found


def it_came_to_rest(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find what was still going on when patience ran out, and what could not be read."""
    for one in evidence.restless:
        yield one, "did not come to rest"
    for one in evidence.silent:
        yield "evidence", one


def verify_is_clean(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find what does not follow from the journal."""
    for one in evidence.differences:
        yield one.subject, f"{one.check}: expected {one.expected}, found {one.found}"


def _net(intent: Json) -> int:
    return int(intent["amount_received"]) - int(intent["amount_refunded"])


def _by_payment(evidence: Evidence) -> dict[str, list[Json]]:
    intents: dict[str, list[Json]] = defaultdict(list)
    for one in evidence.intents:
        intents[one["metadata"].get("payment_id", "")].append(one)
    return intents


def every_card_is_charged_once(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find card payments of completed transactions that were not taken once, to the penny."""
    intents = _by_payment(evidence)
    for transaction in evidence.transactions.values():
        if transaction["status"] != "completed":
            continue
        for payment in transaction["payments"]:
            if payment["method"] != "card":
                continue
            taken = [one for one in intents[payment["id"]] if _net(one) != 0]
            asked = payment["amount"] + payment["tip"]
            if [_net(one) for one in taken] != [asked]:
                shown = {one["id"]: _net(one) for one in taken}
                yield transaction["id"], f"payment {payment['id']} of {asked}: provider has {shown}"


def nothing_is_kept_that_was_undone(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find money that stands although its transaction did not complete, or is not ours at all."""
    for intent in evidence.intents:
        ours = evidence.transactions.get(intent["metadata"].get("transaction_id", ""))
        if _net(intent) == 0 or (ours is not None and ours["status"] == "completed"):
            continue
        state = "unknown to us" if ours is None else ours["status"]
        where = intent["id"] if ours is None else ours["id"]
        yield where, f"{intent['id']} keeps {_net(intent)}, but its transaction is {state}"


def nothing_can_be_taken_any_more(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find intents that are still held, or that a customer could still pay."""
    for intent in evidence.intents:
        if intent["status"] in OPEN_INTENTS:
            subject = intent["metadata"].get("transaction_id", intent["id"])
            yield subject, f"{intent['id']} is {intent['status']} for {intent['amount']}"


def what_was_told_stays_true(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find keys with two outcomes, or with another one than their till was told."""
    for attempt in evidence.journal.attempts.values():
        told = {one.word for one in attempt.heard if one.is_final}
        if len(told) > 1:
            yield attempt.key, f"told {', '.join(sorted(told))}"
        shown = evidence.transactions.get(attempt.key)
        if told and shown is None:
            yield attempt.key, f"told {', '.join(sorted(told))}, but there is no such transaction"
        elif told and shown is not None and shown["status"] not in told | {"needs_attention"}:
            yield attempt.key, f"told {', '.join(sorted(told))}, now {shown['status']}"


def repeats_are_equal(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find keys whose finished answer had other bytes when it was asked for again."""
    for attempt in evidence.journal.attempts.values():
        marks = Counter(one.digest for one in attempt.heard if one.digest is not None)
        if len(marks) > 1:
            yield attempt.key, f"{len(marks)} different bodies: {dict(marks)}"


def every_key_has_an_outcome(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find keys that nobody knows the end of, and transactions that nobody asked for."""
    for transaction in evidence.transactions.values():
        if transaction["id"] not in evidence.journal.attempts:
            yield transaction["id"], "nobody asked for this transaction"
        elif transaction["status"] not in UNDONE | {"completed", "needs_attention"}:
            yield transaction["id"], f"it is still {transaction['status']}"


def nobody_was_told_no_for_money_that_stands(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find tills that returned the goods while the provider kept the money."""
    kept: Counter[str] = Counter()
    for intent in evidence.intents:
        kept[intent["metadata"].get("transaction_id", "")] += _net(intent)
    for attempt in evidence.journal.attempts.values():
        refused = attempt.outcome in UNDONE or attempt.refusal is not None
        if refused and attempt.key not in evidence.transactions and kept[attempt.key]:
            yield (
                attempt.key,
                f"refused ({attempt.refusal}), yet the provider has {kept[attempt.key]}",
            )
        elif attempt.outcome in UNDONE and kept[attempt.key]:
            yield attempt.key, f"told {attempt.outcome}, yet the provider has {kept[attempt.key]}"


def orders_are_paid_or_payable(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find orders that are stuck, overpaid, or paid by another sum than their transactions'."""
    paid: Counter[str] = Counter()
    for transaction in evidence.transactions.values():
        if transaction["status"] == "completed":
            paid[transaction["order_id"]] += transaction["total_amount"]
    for order in evidence.orders.values():
        wrong = {
            "is overpaid": order["amount_paid"] > order["total"],
            f"has other completed payments: {paid[order['id']]}": (
                order["amount_paid"] != paid[order["id"]]
            ),
            "is stuck": order["amount_reserved"] != 0,
            "does not say what is owed": (
                order["amount_reserved"] == 0
                and order["amount_due"] != max(0, order["total"] - order["amount_paid"])
            ),
        }
        for what, is_so in wrong.items():
            if is_so:
                facts = {key: order[key] for key in ("total", "amount_paid", "amount_reserved")}
                yield order["id"], f"{what}: {facts}"


def drawers_hold_what_was_sold(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find drawers that expect another sum than their float and the cash of completed sales."""
    cash: Counter[str] = Counter()
    for transaction in evidence.transactions.values():
        if transaction["status"] != "completed":
            continue
        register = evidence.journal.orders.get(transaction["order_id"], "")
        for payment in transaction["payments"]:
            if payment["method"] == "cash":
                cash[register] += payment["amount"] + payment["tip"]
    for report in evidence.drawers:
        sold = report["totals"]["opening"] + cash[report["register_id"]]
        if report["expected"] != sold:
            yield report["id"], f"expects {report['expected']}, sold {sold}"
        if report["cash_pending"] != 0:
            yield report["id"], f"{report['cash_pending']} still lies beside the drawer"


def nobody_is_needed(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find what could not be finished without a person."""
    for transaction in evidence.transactions.values():
        if transaction["status"] == "needs_attention":
            yield transaction["id"], "needs attention"
    for one in evidence.exceptions:
        if one["state"] == "open" and one["kind"] not in EXPLAINED:
            yield one["transaction_id"], f"exception {one['kind']}: {one['detail']}"


EXPLAINED: Final = frozenset({"surplus"})
"""Exceptions that a person is only told of: the money went back by itself."""


def no_answer_was_a_bug(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Find answers that said: something is wrong on our side."""
    for one in evidence.journal.bugs:
        yield one, "answered 500"


RULES: Final[dict[str, Callable[[Evidence], Iterator[tuple[str, str]]]]] = {
    "everything came to rest": it_came_to_rest,
    "verify is clean": verify_is_clean,
    "every card payment was taken once, to the penny": every_card_is_charged_once,
    "nothing is kept of what was undone": nothing_is_kept_that_was_undone,
    "nothing can be taken any more": nothing_can_be_taken_any_more,
    "what a till was told stays true": what_was_told_stays_true,
    "every repeat of a finished key has the same bytes": repeats_are_equal,
    "every key has one outcome": every_key_has_an_outcome,
    "nobody was told no for money that stands": nobody_was_told_no_for_money_that_stands,
    "every order is paid or payable, none overpaid": orders_are_paid_or_payable,
    "the drawers hold what was sold for cash": drawers_hold_what_was_sold,
    "nobody is needed": nobody_is_needed,
    "no answer was a bug": no_answer_was_a_bug,
}
"""What is said of each rule, and how its breaches are found."""
