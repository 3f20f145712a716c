"""The exceptions queue: what each kind allows, how it is listed, and what a word means."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import OrderId, StaffId, TenderId
from fynlo.payments.model.exceptions import ACTIONS, Action, ExceptionKind, Wish
from fynlo.payments.model.hear import Oddity, hear
from fynlo.payments.model.machines import OperationState, TenderState
from fynlo.payments.model.outcomes import AnswerLost, Approved, Burned, Declined, Standing
from fynlo.payments.model.plan import decide, may_be_sent_again
from fynlo.payments.model.transaction import Kind
from fynlo.payments.model.words import A_PERSONS_WORD, agrees, word
from tests.payments import shapes
from tests.payments.queue import only, put, queue, resolve
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from fynlo.payments.model.outcomes import Found
    from fynlo.payments.model.transaction import Transaction
    from tests.support.shop import Till

CAPTURED = Approved("pi_1", Standing.CAPTURED, 1000)
NOT_CHARGED = "not_carried_out"


def asked() -> Transaction:
    return decide(shapes.opened(shapes.card(1000)), shapes.NOW, shapes.LEASE).transaction


@pytest.mark.parametrize(
    ("kind", "taken", "meant"),
    [
        (Kind.CHARGE, True, CAPTURED),
        (Kind.CAPTURE, True, CAPTURED),
        (Kind.VOID, True, CAPTURED),
        (Kind.REFUND, True, CAPTURED),
        (Kind.AUTHORIZE, True, AnswerLost("a hold takes nothing")),
        (Kind.VOID, False, Approved("pi_1", Standing.RELEASED, 0)),
        (Kind.REFUND, False, Approved("pi_1", Standing.RETURNED, 1000)),
    ],
)
def test_a_word_means_where_the_money_is(kind: Kind, meant: Found, *, taken: bool) -> None:
    operation = replace(asked().operations[0], kind=kind)

    assert word(operation, taken=taken, reference="pi_1") == meant


@pytest.mark.parametrize("kind", [Kind.CHARGE, Kind.AUTHORIZE, Kind.CAPTURE])
@pytest.mark.parametrize("reference", [None, "pi_1"])
def test_what_took_nothing_is_declined_and_its_hold_given_up(
    kind: Kind, reference: str | None
) -> None:
    operation = replace(asked().operations[0], kind=kind)

    said_so = word(operation, taken=False, reference=reference)

    assert isinstance(said_so, Declined)
    assert (said_so.reference, said_so.code) == (reference, NOT_CHARGED)


def test_nobody_is_believed_who_cannot_name_what_was_taken() -> None:
    assert isinstance(word(asked().operations[0], taken=True, reference=None), AnswerLost)


@pytest.mark.parametrize("state", TenderState)
def test_a_tender_stands_as_it_was_said_or_not(state: TenderState) -> None:
    is_free = {TenderState.DECLINED, TenderState.VOIDED, TenderState.REFUNDED}

    assert agrees(state, taken=True) == (state is TenderState.CAPTURED)
    assert agrees(state, taken=False) == (state in is_free)


def believed(state: TenderState, kind: Kind, found: Found) -> Oddity | None:
    """Hear the provider after a person's word brought the tender there."""
    transaction = asked()
    (tender,), (operation,) = transaction.tenders, transaction.operations
    told = replace(operation, kind=kind, state=OperationState.APPROVED, detail=A_PERSONS_WORD)
    transaction = transaction.with_tender(replace(tender, state=state)).with_operation(told)
    heard = hear(transaction, told.id, found)
    assert heard.oddity is None or heard.transaction.tenders == transaction.tenders
    return heard.oddity


@pytest.mark.parametrize(
    ("state", "kind", "found", "is_odd"),
    [
        (TenderState.CAPTURED, Kind.CHARGE, CAPTURED, False),
        (TenderState.CAPTURED, Kind.CHARGE, AnswerLost("HTTP 500"), False),
        (TenderState.CAPTURED, Kind.CHARGE, Declined("pi_1", "x", "X"), True),
        (TenderState.CAPTURED, Kind.CHARGE, Burned(), True),
        (TenderState.CAPTURED, Kind.CAPTURE, Approved("pi_1", Standing.HELD, 1000), True),
        (TenderState.CAPTURED, Kind.REFUND, Declined("pi_1", "x", "X"), False),
        (TenderState.CAPTURED, Kind.REFUND, Approved("pi_1", Standing.RETURNED, 1000), False),
        (TenderState.REFUNDED, Kind.REFUND, Approved("pi_1", Standing.RETURNED, 1000), False),
        (TenderState.REFUNDED, Kind.REFUND, CAPTURED, True),
        (TenderState.VOIDED, Kind.VOID, Approved("pi_1", Standing.RELEASED, 0), False),
        (TenderState.VOIDED, Kind.VOID, CAPTURED, False),  # It moves: surplus, or taken after all.
        (TenderState.DECLINED, Kind.CHARGE, CAPTURED, False),
    ],
)
def test_a_provider_that_denies_a_word_is_never_unheard(
    state: TenderState, kind: Kind, found: Found, *, is_odd: bool
) -> None:
    assert believed(state, kind, found) == (Oddity.CONTRADICTION if is_odd else None)


def test_a_first_call_whose_payment_is_known_is_looked_at_and_never_sent_again() -> None:
    transaction = asked()
    (tender,), (charge,) = transaction.tenders, transaction.operations
    known = transaction.with_tender(replace(tender, provider_reference="pi_1"))

    assert may_be_sent_again(transaction, charge, shapes.NOW)
    assert not may_be_sent_again(known, charge, shapes.NOW)
    assert may_be_sent_again(known, replace(charge, kind=Kind.CAPTURE), shapes.NOW)


SOME_ID = uuid4()


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        (Wish(Action.TAKEN, "n"), "/payment_id"),
        (Wish(Action.NOT_TAKEN, "n"), "/payment_id"),
        (Wish(Action.DISMISS, "n", payment_id=TenderId(SOME_ID)), "/payment_id"),
        (Wish(Action.ATTACH, "n", reference="pi_1"), "/reference"),
        (Wish(Action.LOOK_AGAIN, "n", order_id=OrderId(SOME_ID)), "/order_id"),
    ],
)
def test_a_wish_has_what_its_action_needs_and_nothing_else(wish: Wish, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        wish.must_be_whole()

    errors = refusal.value.facts["errors"]
    assert isinstance(errors, list)
    assert [one["pointer"] for one in errors] == [pointer]


def test_the_same_wish_of_somebody_else_is_another() -> None:
    me, you = StaffId(uuid4()), StaffId(uuid4())
    wish = Wish(Action.DISMISS, "Seen.")
    history = [wish.entry(me, shapes.NOW)]

    assert wish.is_in(history, me)
    assert not wish.is_in(history, you)
    assert not replace(wish, note="Seen!").is_in(history, me)
    assert not Wish(Action.LOOK_AGAIN, "Seen.").is_in(history, me)


@pytest.mark.parametrize("kind", ExceptionKind)
async def test_a_kind_allows_what_it_says_and_nothing_else(till: Till, kind: ExceptionKind) -> None:
    await put(till, kind, "a thing", {"reference": "pi_1", "amount": 1, "currency": "GBP"})
    queued = await only(till, kind)
    allowed = [one for one in ACTIONS[kind] if one is not Action.LOOK_AGAIN]
    assert queued["actions"] == allowed  # There is no transaction to look at.
    before = await till.shop.everything()

    for action in set(Action) - set(allowed):
        payment = {"payment_id": str(uuid4())} if action in {"taken", "not_taken"} else {}
        answer = await resolve(till, queued, action, **payment)
        assert refused(answer, 422, "action-not-possible")["actions"] == allowed

    assert await till.shop.everything() == before
    if Action.DISMISS in allowed:
        ended = said(await resolve(till, queued, "dismiss"), 200)
        assert (ended["state"], ended["action"], ended["actions"]) == ("resolved", "dismiss", [])


@pytest.mark.parametrize("note", ["", "   ", None, "x" * 1001])
async def test_a_note_is_asked_for(till: Till, note: str | None) -> None:
    await put(till, ExceptionKind.SURPLUS, "a thing", {"amount": 1})
    queued = await only(till, "surplus")
    before = await till.shop.everything()

    answer = await resolve(till, queued, "dismiss", note=note)

    assert refused(answer, 400, "invalid-request")["errors"][0]["pointer"] == "/note"
    assert await till.shop.everything() == before


async def test_the_queue_is_filtered_and_paged_without_gaps(till: Till) -> None:
    start = till.shop.wiring.clock.now()
    ids: list[str] = []
    for kind in ("surplus", "surplus", "contradiction", "returned_outside"):
        till.shop.advance(1)
        thing = str(len(ids))
        ids.append(str(await put(till, ExceptionKind(kind), thing, {"amount": 1})))
    newest = list(reversed(ids))

    async def listed(query: str) -> list[str]:
        return [one["id"] for one in await queue(till, query)]

    assert await listed("") == newest == await listed("?state=open")
    assert await listed("?kind=surplus") == newest[2:]
    assert await listed("?state=resolved") == []
    since = (start + timedelta(seconds=2)).isoformat().replace("+00:00", "Z")
    until = (start + timedelta(seconds=4)).isoformat().replace("+00:00", "Z")
    assert await listed(f"?from={since}&to={until}") == newest[1:3]
    first = said(await till.call("GET", "/exceptions?limit=3"), 200)
    assert [one["id"] for one in first["items"]] == newest[:3]
    rest = said(await till.call("GET", f"/exceptions?limit=3&after={first['next']}"), 200)
    assert ([one["id"] for one in rest["items"]], rest["next"]) == (newest[3:], None)
    said(await resolve(till, {"id": ids[0]}, "dismiss"), 200)
    assert await listed("?state=resolved") == ids[:1]
    for query in ("?after=nonsense", "?limit=0", "?limit=101", "?state=done", "?kind=odd"):
        refused(await till.call("GET", f"/exceptions{query}"), 400, "invalid-request")


async def test_what_is_told_twice_is_in_the_queue_once(till: Till) -> None:
    for amount in (1, 2):
        await put(till, ExceptionKind.UNMATCHED, "pi_1", {"amount": amount})

    assert (await only(till, "unmatched"))["detail"] == {"amount": 1}
