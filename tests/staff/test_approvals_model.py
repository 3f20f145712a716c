"""An approval stands for one wish of one person, for ten minutes, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from fynlo.kernel.errors import Forbidden
from fynlo.kernel.ids import ApprovalId, LocationId, StaffId
from fynlo.kernel.machine import IllegalTransition
from fynlo.kernel.money import Money, currency
from fynlo.staff.approvals import (
    APPROVAL,
    LIFETIME,
    Approval,
    ApprovalEvent,
    ApprovalInvalid,
    ApprovalState,
    SelfApproval,
    Wish,
)
from fynlo.staff.model import Actor, Permission, Role

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
GBP = currency("GBP")
HERE, THERE = LocationId(UUID(int=1)), LocationId(UUID(int=2))
CASHIER, MANAGER = StaffId(UUID(int=11)), StaffId(UUID(int=12))
WISH = Wish(
    permissions=(Permission.PRICE_OVERRIDE,),
    target_kind="order",
    target_id=UUID(int=21),
    location_id=HERE,
    amount=Money(900, GBP),
    details={"discount_total": 100},
)
OTHERS: tuple[dict[str, Any], ...] = (
    {"permissions": (Permission.PRICE_OVERRIDE, Permission.ORDERS_MANAGE)},
    {"target_kind": "payment"},
    {"target_id": UUID(int=22)},
    {"location_id": THERE},
    {"amount": Money(901, GBP)},
    {"amount": Money(900, currency("EUR"))},
    {"details": {"discount_total": 101}},
    {"details": {}},
)
ASKED = Approval(
    ApprovalId(UUID(int=31)), WISH, ApprovalState.PENDING, CASHIER, NOW, NOW + LIFETIME
)
ALLOWED = replace(ASKED, state=ApprovalState.APPROVED, decided_by=MANAGER, decided_at=NOW)


def somebody(
    staff_id: StaffId = MANAGER, role: Role = Role.MANAGER, at: LocationId = HERE
) -> Actor:
    return Actor(staff_id=staff_id, name="Somebody", role=role, location_ids=frozenset({at}))


@pytest.mark.parametrize(("state", "event"), list(product(ApprovalState, ApprovalEvent)))
def test_every_state_answers_every_event(state: ApprovalState, event: ApprovalEvent) -> None:
    ways = {
        (ApprovalState.PENDING, ApprovalEvent.APPROVE): ApprovalState.APPROVED,
        (ApprovalState.PENDING, ApprovalEvent.REJECT): ApprovalState.REJECTED,
        (ApprovalState.APPROVED, ApprovalEvent.USE): ApprovalState.USED,
        (ApprovalState.APPROVED, ApprovalEvent.REJECT): ApprovalState.REJECTED,
    }
    if (state, event) in ways:
        assert APPROVAL.next(state, event) is ways[state, event]
    else:
        with pytest.raises(IllegalTransition):
            APPROVAL.next(state, event)


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_it_is_bound_to_everything_that_was_asked_for(other: dict[str, Any]) -> None:
    with pytest.raises(ApprovalInvalid):
        ALLOWED.use(replace(WISH, **other), CASHIER, NOW)


def test_the_order_of_permissions_and_details_is_no_matter() -> None:
    both = (Permission.PRICE_OVERRIDE, Permission.ORDERS_MANAGE)
    one = replace(WISH, permissions=both, details={"a": 1, "b": [2]})
    other = replace(WISH, permissions=both[::-1], details={"b": [2], "a": 1})

    assert one.bound_hash == other.bound_hash


def test_who_asked_uses_it_once_within_ten_minutes() -> None:
    used = ALLOWED.use(WISH, CASHIER, NOW + LIFETIME - timedelta(microseconds=1))

    assert (used.state, used.version) == (ApprovalState.USED, ALLOWED.version + 1)
    with pytest.raises(ApprovalInvalid):
        used.use(WISH, CASHIER, NOW)
    with pytest.raises(ApprovalInvalid):
        ALLOWED.use(WISH, MANAGER, NOW)
    with pytest.raises(ApprovalInvalid) as late:
        ALLOWED.use(WISH, CASHIER, NOW + LIFETIME)
    assert late.value.facts == {"state": "expired"}
    with pytest.raises(ApprovalInvalid):
        ASKED.use(WISH, CASHIER, NOW)


def test_another_person_who_may_do_it_there_allows_it() -> None:
    allowed = ASKED.decide(ApprovalEvent.APPROVE, somebody(), NOW)

    assert (allowed.state, allowed.decided_by) == (ApprovalState.APPROVED, MANAGER)
    for who in (somebody(role=Role.CASHIER), somebody(at=THERE)):
        with pytest.raises(Forbidden):
            ASKED.decide(ApprovalEvent.APPROVE, who, NOW)
    with pytest.raises(SelfApproval):
        ASKED.decide(ApprovalEvent.APPROVE, somebody(CASHIER, Role.ADMIN), NOW)
    with pytest.raises(IllegalTransition):
        ASKED.decide(ApprovalEvent.APPROVE, somebody(), NOW + LIFETIME)


def test_who_asked_may_take_it_back() -> None:
    back = ASKED.decide(ApprovalEvent.REJECT, somebody(CASHIER, Role.CASHIER), NOW, "A mistake.")

    assert (back.state, back.reason) == (ApprovalState.REJECTED, "A mistake.")
    with pytest.raises(Forbidden):
        ASKED.decide(ApprovalEvent.REJECT, somebody(role=Role.KITCHEN), NOW, "No.")
