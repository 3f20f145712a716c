"""Every world that a transaction may come to: all answers, all times, one misfortune, all orders.

The engine's pure parts are searched breadth first, until nothing new comes or, where it says so,
until so many worlds were seen. In each world all promises must hold (`search.must_be_right`), and
from each, once nothing goes wrong any more, it ends by itself, and right.
"""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Final

import pytest

from fynlo.payments.model.hear import hear
from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.opening import TenderRequest
from fynlo.payments.model.outcomes import (
    ActionRequired,
    AnswerLost,
    Approved,
    Burned,
    Declined,
    Standing,
)
from fynlo.payments.model.plan import decide, due_at, expire, has_loose_ends
from fynlo.payments.model.transaction import FINAL, Goal, Status
from tests.payments.explore.search import Search
from tests.payments.explore.world import A_DAY, QUARTER, begin
from tests.payments.shapes import LEASE, NOW, card, cash, opened

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.payments.model.outcomes import Found
    from fynlo.payments.model.transaction import Operation, Transaction

TRANSFER: Final = TenderRequest("transfer", 100)
DEEP: Final = int(os.environ.get("EXPLORE_WORLDS", "0"))
"""How many worlds are looked at in the larger search, which `make chaos` runs."""


@pytest.mark.parametrize(
    ("payments", "misfortunes"),
    [
        ((cash(100),), 0),
        ((TRANSFER,), 0),
        ((cash(100), card(1000)), 0),
        ((card(1000), TRANSFER), 0),
        ((card(1000), card(500)), 0),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "+".join(p.method for p in value),
)
def test_everything_that_can_happen_keeps_every_promise(
    payments: tuple[TenderRequest, ...], misfortunes: int
) -> None:
    search = Search(worlds_max=20_000).run(begin(opened(*payments), misfortunes))

    assert search.is_complete


@pytest.mark.parametrize(
    ("payments", "misfortunes", "worlds"),
    [
        ((card(1000),), 1, 1200),
        ((card(1000),), 2, 800),
        ((card(1000), card(500)), 1, 800),
        ((card(1000), card(500), TRANSFER), 1, 500),
        ((card(1000), card(500), card(300)), 0, 500),
        ((card(1000), card(500), card(300)), 1, 500),
    ],
    ids=["one-1", "one-2", "two-1", "transfer-1", "three-0", "three-1"],
)
def test_the_nearest_worlds_with_misfortunes_keep_every_promise(
    payments: tuple[TenderRequest, ...], misfortunes: int, worlds: int
) -> None:
    search = Search(worlds_max=DEEP or worlds).run(begin(opened(*payments), misfortunes))

    assert search.is_complete or len(search.seen) >= worlds


REFERENCE: Final = "pi"
ANSWERS: Final[tuple[Found, ...]] = (
    *(Approved(REFERENCE, standing, 1000) for standing in Standing),
    Declined(REFERENCE, "card_declined", "No."),
    Declined(None, "card_declined", "No."),
    ActionRequired(REFERENCE, "redirect_to_url"),
    AnswerLost("lost"),
    AnswerLost("lost", is_last_word=True),
    Burned(),
)


def moments(transaction: Transaction, now: datetime) -> list[tuple[Transaction, datetime]]:
    """All that may be heard or happen, whether it makes sense or not."""
    found = []
    for operation, answer in product(transaction.operations, ANSWERS):
        after = heard(transaction, operation, answer, now)
        found += [(after, now), (heard(after, operation, answer, now), now)]
    for later in (now + LEASE, now + QUARTER, now + A_DAY):
        found.append((decided(expire(transaction, later), later), later))
    if transaction.status not in FINAL and transaction.goal is Goal.COMPLETE:
        found.append((decided(replace(transaction, goal=Goal.CANCEL), now), now))
    return found


def heard(before: Transaction, operation: Operation, answer: Found, now: datetime) -> Transaction:
    """Hear an answer, which may contradict all others; money that was taken is never unheard."""
    about = hear(before, operation.id, answer)
    tender = about.transaction.tender(operation.tender_id)
    if isinstance(answer, Approved) and answer.standing is Standing.CAPTURED:
        is_known = tender.state in {TenderState.CAPTURED, TenderState.REFUNDED}
        assert is_known or about.oddity is not None
    return decided(about.transaction, now)


def decided(changed: Transaction, now: datetime) -> Transaction:
    """Decide, and hold what is decided to what is true whatever was answered."""
    after = decide(changed, now, LEASE).transaction
    again = decide(after, now, LEASE)
    assert again.transaction == after
    assert again.sends == ()
    if changed.status in FINAL:
        assert (after.status, after.completed_at) == (changed.status, changed.completed_at)
    for tender in after.tenders:
        after.live_operation(tender.id)  # It asserts that there is at most one.
        if not tender.is_provided:
            is_taken = tender.state is TenderState.CAPTURED
            assert is_taken == (after.status is Status.COMPLETED)
    assert (due_at(after, now) is None) is not has_loose_ends(after)
    assert after.status in FINAL or has_loose_ends(after)
    assert after.reserved.minor == (0 if after.status in FINAL else after.amount.minor)
    return after


@pytest.mark.parametrize(
    ("payments", "depth"),
    [((card(1000),), 3), ((cash(100), card(1000)), 3), ((card(1000), card(500)), 2)],
    ids=["one_card", "cash_and_card", "two_cards"],
)
def test_no_answer_however_false_breaks_what_is_true(
    payments: tuple[TenderRequest, ...], depth: int
) -> None:
    level = [(decided(opened(*payments), NOW), NOW)]
    seen = set(map(name_of, level))
    for _ in range(depth):
        following = []
        for transaction, now in level:
            for after in moments(transaction, now):
                if name_of(after) not in seen:
                    seen.add(name_of(after))
                    following.append(after)
        level = following

    assert len(seen) > 100


def name_of(moment: tuple[Transaction, datetime]) -> object:
    """Tell moments apart by states alone; like tenders may change places."""
    one, now = moment
    tenders = sorted(
        (
            *(tender.type, tender.state, tender.exposed, tender.provider_reference or ""),
            sorted(
                (o.kind, o.attempt, o.state) for o in one.operations if o.tender_id == tender.id
            ),
        )
        for tender in one.tenders
    )
    return (one.goal, one.status, str(tenders), now >= one.deadline_at, now >= NOW + A_DAY)
