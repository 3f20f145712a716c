"""What evidence is made of: who may see it, what is never in it, its order and its bound."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from fynlo.insight.model.evidence import EVIDENCE_MAX, Evidence, Place, Source, Turn, in_order
from fynlo.payments import exception_of
from tests.insight.explained import codes, explained
from tests.payments.luck import ASKS
from tests.support.shop import card, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


async def tell(till: Till, event_id: str, **columns: Any) -> None:
    """Put a notification into the inbox as its handler leaves it."""
    known = {
        "provider": "stripe",
        "type": "payment_intent.succeeded",
        "object_id": "pi_1",
        "made_at": NOON,
        "received_at": NOON + timedelta(hours=1),
        "state": "received",
        **columns,
    }
    names = ("merchant_id", "id", "event_id", *known)
    places = ", ".join(f"${n}" for n in range(1, len(names) + 1))
    await till.shop.rows(
        f"insert into notifications ({', '.join(names)}) values ({places}) returning id",
        *(till.shop.merchant_id, uuid4(), event_id, *known.values()),
    )


async def test_what_the_provider_told_is_evidence_once_it_can_be_matched(till: Till) -> None:
    order = await till.order("meal")
    paid = said(await till.pay(order, card(1000)), 200)["transaction"]
    reference = paid["payments"][0]["provider_reference"]
    (operation,) = await till.shop.rows("select id from operations")
    handled = {
        "state": "processed",
        "result": "known",
        "order_id": UUID(order["id"]),
        "transaction_id": UUID(paid["id"]),
        "reference": reference,
        "amount_minor": 1000,
        "currency": "GBP",
        "attempts": 1,
    }
    later = NOON + timedelta(hours=2)
    await tell(till, "evt_1", **handled)
    await tell(till, "evt_2", reference=reference, due_at=later, received_at=later)
    await tell(till, "evt_3", operation_id=operation["id"], due_at=later, received_at=later)
    await tell(till, "evt_4", reference=reference, state="failed", received_at=later)
    await tell(till, "evt_5", reference="pi_of_another", due_at=later)
    await tell(till, "evt_6", order_id=uuid4(), state="processed")

    found = await explained(till, order)

    told = [one for one in found["evidence"] if one["source"] == "webhook"]
    assert {one["reference"]: one["what"] for one in told} == {
        "evt_1": "notification.processed",
        "evt_2": "notification.received",
        "evt_3": "notification.received",
        "evt_4": "notification.failed",
    }
    assert told[0] == {
        "at": "2026-03-04T13:00:00Z",
        "source": "webhook",
        "what": "notification.processed",
        "says": "The provider told of payment_intent.succeeded; it was handled: it was known "
        "already.",
        "transaction_id": paid["id"],
        "amount": 1000,
        "reference": "evt_1",
        "detail": {
            "type": "payment_intent.succeeded",
            "object_id": "pi_1",
            "provider_reference": reference,
            "attempts": 1,
            "result": "known",
            "due_at": None,
        },
    }


async def test_a_dead_letter_of_an_order_calls_for_a_person(till: Till) -> None:
    order = await till.order("meal")
    paid = said(await till.pay(order, card(1000)), 200)["transaction"]
    reference = paid["payments"][0]["provider_reference"]
    await tell(till, "evt_1", reference=reference, state="failed", result="RuntimeError")
    async with till.shop.wiring.db.transaction(till.shop.merchant_id) as tx:
        exception = exception_of(tx, "notification_failed", "evt_1")
    await till.shop.rows(
        "insert into exceptions (merchant_id, id, kind, detail, state, opened_at)"
        " values ($1, $2, 'notification_failed', '{\"event_id\": \"evt_1\"}', 'open', $3)"
        " returning id",
        *(till.shop.merchant_id, exception, NOON + timedelta(hours=3)),
    )

    found = await explained(till, order)

    assert found["verdict"].endswith(
        f"; a person must look: what the provider told could not be handled (exception "
        f"{exception})."
    )
    assert codes(found)[-2:] == ["notification.failed", "exception.opened"]
    assert found["evidence"][-1]["detail"] == {"kind": "notification_failed", "event_id": "evt_1"}


async def test_no_secret_of_the_provider_shows(till: Till) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    action = waiting["payments"][0]["next_action"]
    (row,) = await till.shop.rows("select payment_method_ref, provider_account from tenders")

    answer = await till.call("GET", f"/orders/{order['id']}/explain")

    text = answer.text
    assert waiting["payments"][0]["provider_reference"] in text
    assert row["payment_method_ref"] == ASKS
    for secret in (*action.values(), *row.values()):
        assert secret not in text
    for word in ("client_secret", "_secret_", "pm_", "sk_test_", "redirect"):
        assert word not in text


async def test_an_order_of_another_merchant_does_not_exist(till: Till) -> None:
    order = await till.order("meal")
    said(await till.pay(order, card(1000)), 200)

    async with till.shop.stranger("admin") as stranger:
        theirs = await stranger.call("GET", f"/orders/{order['id']}/explain")
    mine = await till.call("GET", f"/orders/{uuid4()}/explain")

    assert refused(theirs, 404, "not-found")["detail"] == f"There is no order {order['id']}."
    refused(mine, 404, "not-found")


@pytest.mark.parametrize("who", ["cashier", "kitchen", "colleague", "admin"])
async def test_whoever_may_read_an_order_may_ask_why_wherever_they_work(
    till: Till, who: str
) -> None:
    order = await till.order("meal")
    elsewhere = "update staff set location_ids = '{}' where id = $1 returning id"
    assert await till.shop.rows(elsewhere, till.shop.staff_id(who))

    async with till.shop.till(who) as reader:
        assert (await reader.call("GET", f"/orders/{order['id']}")).status_code == 200
        assert await explained(reader, order) == await explained(till, order)


async def test_asking_why_changes_nothing_and_asks_nobody_outside(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer")
    said(await till.pay(order, card(1000)), 202)
    till.shop.advance(60)
    before = await till.shop.everything()
    asked = (await till.shop.provider.http.get("/_sandbox/requests")).json()

    await explained(till, order)

    assert await till.shop.everything() == before
    assert (await till.shop.provider.http.get("/_sandbox/requests")).json() == asked


async def test_the_latest_five_hundred_pieces_are_told_and_that_there_are_more(
    till: Till,
) -> None:
    order = await till.order("meal")
    insert = (
        "insert into notifications (merchant_id, id, provider, event_id, type, object_id, made_at,"
        " received_at, state, order_id) select $1, gen_random_uuid(), 'stripe', 'evt_' || n, 't',"
        " 'pi_1', $2, $2::timestamptz + n * interval '1 second', 'processed', $3"
        " from generate_series($4::int, $5::int) n returning id"
    )
    about = till.shop.merchant_id, NOON, UUID(order["id"])
    await till.shop.rows(insert, *about, 1, EVIDENCE_MAX - 2)
    whole = await explained(till, order)
    assert (len(whole["evidence"]), whole["evidence_cut"]) == (EVIDENCE_MAX, False)

    await till.shop.rows(insert, *about, EVIDENCE_MAX - 1, 2 * EVIDENCE_MAX)

    found = await explained(till, order)
    assert found["evidence_cut"] is True
    assert [one["reference"] for one in found["evidence"]] == [
        f"evt_{n}" for n in range(EVIDENCE_MAX + 1, 2 * EVIDENCE_MAX + 1)
    ]
    assert found["verdict"] == "Nobody has tried to pay yet, and 10.00 GBP is due."


async def test_what_is_open_is_told_however_many_tries_came_after_it(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer")
    said(await till.pay(order, card(100)), 202)
    later = "started_at + n * interval '1 second'"
    await till.shop.rows(
        "with made as (insert into transactions (merchant_id, id, order_id, status, goal, currency,"
        " amount_minor, tip_minor, reserved_minor, staff_id, started_at, deadline_at, completed_at)"
        " select merchant_id, gen_random_uuid(), order_id, 'declined', 'decline', currency, 1, 0,"
        f" 0, staff_id, {later}, deadline_at, {later} from transactions, generate_series(1, 300) n"
        " returning *)"
        " insert into tenders (merchant_id, id, transaction_id, order_id, position, method, type,"
        " state, currency, amount_minor, tip_minor) select merchant_id, gen_random_uuid(), id,"
        " order_id, 0, 'cash', 'cash', 'voided', currency, 1, 0 from made returning id"
    )
    till.shop.spoiled = frozenset(
        {"a finished command has the final answer of its transaction, and no other has"}
    )

    found = await explained(till, order)

    assert found["verdict"].startswith("Do not charge again: 1.00 GBP by card is being checked")
    assert (len(found["evidence"]), found["evidence_cut"]) == (EVIDENCE_MAX, True)


def piece(at: int, episode: int, turn: Turn, number: int = 0, what: str = "x") -> Evidence:
    return Evidence(
        at=NOON + timedelta(seconds=at),
        place=Place(episode, turn, number),
        source=Source.API,
        what=what,
        says="",
    )


def test_evidence_is_in_order_of_time_then_of_tries_then_of_causes() -> None:
    in_time = [
        piece(0, 5, Turn.RESOLVED),
        piece(1, -1, Turn.HISTORY, 0),
        piece(1, -1, Turn.HISTORY, 1),
        *(piece(1, 0, turn) for turn in Turn),
        piece(1, 1, Turn.COMMAND),
        piece(1, 1, Turn.ASKED, 0),
        piece(1, 1, Turn.ASKED, 1),
        piece(2, 0, Turn.COMMAND),
    ]

    assert in_order(reversed(in_time)) == in_time
    assert in_order(in_time) == in_time


def test_causes_come_before_their_effects() -> None:
    causes = (
        (Turn.COMMAND, Turn.STARTED),
        (Turn.STARTED, Turn.ASKED),
        (Turn.ASKED, Turn.ASKED_LATER),
        (Turn.ASKED, Turn.TOLD),
        (Turn.TOLD, Turn.TAKEN),
        (Turn.CAPTURE, Turn.TAKEN),
        (Turn.ASKED_LATER, Turn.UNDO),
        (Turn.TAKEN, Turn.UNDO),
        (Turn.UNDO, Turn.RETURNED),
        (Turn.RETURNED, Turn.ENDED),
        (Turn.TAKEN, Turn.ENDED),
        (Turn.ENDED, Turn.SOLD),
        (Turn.SOLD, Turn.HISTORY),
        (Turn.ENDED, Turn.RELEASE),
        (Turn.RELEASE, Turn.SURPLUS_TAKEN),
        (Turn.SURPLUS_TAKEN, Turn.OPENED),
        (Turn.SURPLUS_TAKEN, Turn.SURPLUS_REFUND),
        (Turn.SURPLUS_REFUND, Turn.SURPLUS_RETURNED),
        (Turn.OPENED, Turn.RESOLVED),
    )

    assert all(cause < effect for cause, effect in causes)
