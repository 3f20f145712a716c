"""Every rule of the chaos kit bites: books that are damaged on purpose are found out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from fynlo.chaos.invariants import RULES, Breach, breaches
from fynlo.insight import Difference
from fynlo.kernel.ids import MerchantId
from tests.chaos.evidence import attempt, good_day, heard, intent, payment, transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from fynlo.chaos.evidence import Evidence


def _is_restless(day: Evidence) -> None:
    day.restless = ["transaction paid"]


def _cannot_be_read(day: Evidence) -> None:
    day.silent = ["no books of the provider"]


def _does_not_follow(day: Evidence) -> None:
    nobody = MerchantId(UUID(int=0))
    day.differences = [Difference(nobody, "orders", "order-1", "1000", "900")]


def _is_charged_twice(day: Evidence) -> None:
    card = day.transactions["paid"]["payments"][0]
    day.intents.append(intent("pi-3", card, "paid"))


def _is_not_charged(day: Evidence) -> None:
    day.intents[0] |= {"status": "canceled", "amount_received": 0}


def _is_a_penny_short(day: Evidence) -> None:
    day.intents[0]["amount_received"] -= 1


def _is_given_back(day: Evidence) -> None:
    day.intents[0]["amount_refunded"] = 750


def _is_kept_after_a_decline(day: Evidence) -> None:
    day.intents[1] |= {"status": "succeeded", "amount_received": 500}


def _is_taken_for_nobody(day: Evidence) -> None:
    day.intents.append(intent("pi-9", payment("card-9", "card", 100), "unheard-of"))


def _is_still_held(day: Evidence) -> None:
    day.intents[1]["status"] = "requires_capture"


def _waits_for_its_customer(day: Evidence) -> None:
    day.intents[1]["status"] = "requires_action"


def _is_told_twice_over(day: Evidence) -> None:
    day.journal.attempts["paid"].heard.append(heard("declined", 402, road="get"))


def _is_told_and_taken_back(day: Evidence) -> None:
    day.journal.attempts["no"].heard = [heard("canceled", 200, road="cancel")]


def _is_told_and_forgotten(day: Evidence) -> None:
    day.journal.open(attempt("gone", "order-2", heard("completed")))


def _is_told_in_other_bytes(day: Evidence) -> None:
    again = day.journal.attempts["paid"]
    again.note(heard("completed", road="again"))
    object.__setattr__(again.heard[-1], "digest", "other bytes")


def _was_not_asked_for(day: Evidence) -> None:
    del day.journal.attempts["no"]


def _has_no_end(day: Evidence) -> None:
    day.transactions["no"]["status"] = "checking"


def _is_refused_and_charged(day: Evidence) -> None:
    day.intents.append(intent("pi-8", payment("card-8", "card", 400), "never"))


def _is_overpaid(day: Evidence) -> None:
    more = payment("cash-2", "cash", 100)
    day.transactions["more"] = transaction("more", "order-1", "completed", more)
    day.journal.open(attempt("more", "order-1", heard("completed")))
    day.orders["order-1"] |= {"amount_paid": 1100, "amount_due": 0}
    day.drawers[0]["expected"] += 100


def _is_paid_by_another_sum(day: Evidence) -> None:
    day.orders["order-2"] |= {"amount_paid": 100, "amount_due": 400}


def _is_stuck(day: Evidence) -> None:
    day.orders["order-2"] |= {"amount_reserved": 500, "amount_due": 0}


def _forgets_what_is_owed(day: Evidence) -> None:
    day.orders["order-2"]["amount_due"] = 0


def _misses_cash(day: Evidence) -> None:
    day.drawers[0]["expected"] -= 300


def _lays_cash_beside_it(day: Evidence) -> None:
    day.drawers[0]["cash_pending"] = 500


def _calls_for_a_person(day: Evidence) -> None:
    day.transactions["no"]["status"] = "needs_attention"


def _is_odd(day: Evidence) -> None:
    odd = {"kind": "contradiction", "state": "open", "transaction_id": "no", "detail": "{}"}
    day.exceptions = [odd]


def _is_a_bug(day: Evidence) -> None:
    day.journal.bugs = ["POST /transactions/process: request abc"]


DAMAGE: list[tuple[Callable[[Evidence], None], str, str]] = [
    (_is_restless, "everything came to rest", "transaction paid"),
    (_cannot_be_read, "everything came to rest", "evidence"),
    (_does_not_follow, "verify is clean", "order-1"),
    (_is_charged_twice, "every card payment was taken once, to the penny", "paid"),
    (_is_not_charged, "every card payment was taken once, to the penny", "paid"),
    (_is_a_penny_short, "every card payment was taken once, to the penny", "paid"),
    (_is_given_back, "every card payment was taken once, to the penny", "paid"),
    (_is_kept_after_a_decline, "nothing is kept of what was undone", "no"),
    (_is_taken_for_nobody, "nothing is kept of what was undone", "pi-9"),
    (_is_still_held, "nothing can be taken any more", "no"),
    (_waits_for_its_customer, "nothing can be taken any more", "no"),
    (_is_told_twice_over, "what a till was told stays true", "paid"),
    (_is_told_and_taken_back, "what a till was told stays true", "no"),
    (_is_told_and_forgotten, "what a till was told stays true", "gone"),
    (_is_told_in_other_bytes, "every repeat of a finished key has the same bytes", "paid"),
    (_was_not_asked_for, "every key has one outcome", "no"),
    (_has_no_end, "every key has one outcome", "no"),
    (_is_kept_after_a_decline, "nobody was told no for money that stands", "no"),
    (_is_refused_and_charged, "nobody was told no for money that stands", "never"),
    (_is_overpaid, "every order is paid or payable, none overpaid", "order-1"),
    (_is_paid_by_another_sum, "every order is paid or payable, none overpaid", "order-2"),
    (_is_stuck, "every order is paid or payable, none overpaid", "order-2"),
    (_forgets_what_is_owed, "every order is paid or payable, none overpaid", "order-2"),
    (_misses_cash, "the drawers hold what was sold for cash", "drawer-1"),
    (_lays_cash_beside_it, "the drawers hold what was sold for cash", "drawer-1"),
    (_calls_for_a_person, "nobody is needed", "no"),
    (_is_odd, "nobody is needed", "no"),
    (_is_a_bug, "no answer was a bug", "POST /transactions/process: request abc"),
]


def test_a_day_on_which_everything_is_right_breaks_no_rule() -> None:
    assert breaches(good_day()) == []


@pytest.mark.parametrize(("damage", "rule", "subject"), DAMAGE)
def test_damage_is_found_by_its_rule(
    damage: Callable[[Evidence], None], rule: str, subject: str
) -> None:
    day = good_day()

    damage(day)

    assert subject in {one.subject for one in breaches(day) if one.rule == rule}


def test_every_rule_is_proved_by_damage() -> None:
    assert {rule for _, rule, _ in DAMAGE} == set(RULES)


def test_a_surplus_that_went_back_by_itself_needs_nobody() -> None:
    day = good_day()
    day.exceptions = [
        {"kind": "surplus", "state": "open", "transaction_id": "no", "detail": "{}"},
        {"kind": "contradiction", "state": "resolved", "transaction_id": "no", "detail": "{}"},
    ]

    assert breaches(day) == []


def test_an_overpaid_order_is_named_with_its_sums() -> None:
    day = good_day()

    _is_overpaid(day)

    assert Breach(
        "every order is paid or payable, none overpaid",
        "order-1",
        "is overpaid: {'total': 1000, 'amount_paid': 1100, 'amount_reserved': 0}",
    ) in breaches(day)
