"""A person's word for what the provider's dashboard shows, and the provider's own against it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.payments.luck import by_hand, provider_is_back, seen, wait
from tests.payments.queue import NOTE, queue, resolve, silence, taken_elsewhere
from tests.support.crash import Crash
from tests.support.shop import card, refused, said

if TYPE_CHECKING:
    from tests.payments.queue import Case


async def test_what_a_person_needs_is_in_the_exception(case: Case) -> None:
    queued, order = case.queued, case.order

    assert queued["actions"] == ["look_again", "taken", "not_taken"]
    assert queued["order_id"] == order["id"]
    detail = queued["detail"]
    (payment,), (asked,) = detail["payments"], detail["operations"]
    assert (detail["order_number"], detail["status"]) == (order["number"], "needs_attention")
    assert (detail["currency"], detail["total_amount"]) == ("GBP", 1000)
    assert (payment["amount"], payment["tip"], payment["provider_reference"]) == (1000, 0, None)
    assert (asked["payment_id"], asked["kind"], asked["amount"]) == (payment["id"], "charge", 1000)
    assert (asked["looks"], asked["attempt"]) == (1, 0)
    assert asked["last_word"] == "APIConnectionError"
    assert asked["first_sent_at"] == "2026-03-04T12:00:00Z"


async def test_not_taken_frees_the_order_where_the_provider_knows_nothing(case: Case) -> None:
    answer = said(await case.say("not_taken"), 200)

    assert (answer["state"], answer["action"], answer["note"]) == ("resolved", "not_taken", NOTE)
    assert answer["resolved_by"] == str(case.till.shop.staff_id("manager"))
    assert answer["actions"] == []
    (entry,) = answer["detail"]["history"]
    assert (entry["action"], entry["note"]) == ("not_taken", NOTE)
    assert (await case.status(), await case.owed()) == ("expired", 1000)
    said(await case.till.pay(case.order, card(1000)), 200)
    assert await case.till.shop.provider.received() == 1000


async def test_taken_completes_the_order_with_what_the_provider_shows(case: Case) -> None:
    reference = await case.taken()

    answer = said(await case.say("taken", reference=reference), 200)

    assert (answer["state"], answer["action"]) == ("resolved", "taken")
    assert (await case.status(), await case.owed()) == ("completed", 0)
    (payment,) = (await seen(case.till, case.transaction))["payments"]
    assert payment["provider_reference"] == reference
    assert payment["card"]["last4"] == "4242"  # The provider's own word, not only the person's.
    assert await case.till.balance("card_clearing") == 1000


async def test_a_name_that_only_a_person_knows_waits_for_a_silent_provider(case: Case) -> None:
    await silence(case.till)
    before = await case.till.shop.rows("select * from ledger_postings, orders, tenders")

    told = await case.say("taken", reference="pi_seen")

    problem = refused(told, 422, "action-not-possible")
    assert "only it can say that pi_seen is this payment" in problem["detail"]
    assert await case.till.shop.rows("select * from ledger_postings, orders, tenders") == before
    assert (await case.look())["state"] == "open"
    await provider_is_back(case.till)
    said(await case.say("taken", reference=await case.taken()), 200)
    assert (await case.status(), await case.owed()) == ("completed", 0)


async def test_a_person_is_believed_where_there_is_nobody_to_ask(case: Case) -> None:
    answer = said(await case.say_without_account("taken", reference="pi_seen"), 200)

    assert (answer["state"], answer["action"]) == ("resolved", "taken")
    assert (await case.status(), await case.owed()) == ("completed", 0)
    assert await case.till.balance("card_clearing") == 1000
    (operation,) = await case.till.shop.rows("select state, detail from operations")
    assert tuple(operation.values()) == ("approved", "a person's word")


async def test_a_person_is_believed_of_an_account_that_was_taken_away(case: Case) -> None:
    answer = said(await case.say_without_account("not_taken"), 200)

    assert answer["action"] == "not_taken"
    assert await case.status() == "expired"


async def test_the_provider_is_believed_before_a_person(case: Case) -> None:
    declined = await case.taken()
    await by_hand(case.till, "refunds", payment_intent=declined)

    answer = said(await case.say("taken", reference=declined), 200)

    assert (answer["state"], answer["action"], answer["note"]) == ("resolved", "found", NOTE)
    assert answer["resolved_by"] == str(case.till.shop.staff_id("manager"))
    assert (await case.status(), await case.owed()) == ("expired", 1000)
    assert await case.till.balance("card_clearing") == 0


async def test_a_payment_that_the_provider_does_not_know_was_not_taken(case: Case) -> None:
    problem = refused(await case.say("taken", reference="pi_nothing"), 422, "action-not-possible")

    assert problem["actions"] == ["look_again", "taken", "not_taken"]
    assert (await case.look())["state"] == "open"
    assert (await case.status(), await case.owed()) == ("needs_attention", 0)
    said(await case.say("not_taken"), 200)  # It is free again at once.


async def test_another_amount_is_not_what_was_taken(case: Case) -> None:
    reference = await case.taken(999)

    problem = refused(await case.say("taken", reference=reference), 422, "action-not-possible")

    assert "999" in problem["detail"]
    assert [one["kind"] for one in await queue(case.till)] == ["unresolved"]
    assert (await case.look())["state"] == "open"
    assert await case.till.balance("card_clearing") == 0


async def test_a_reference_is_asked_for_and_must_be_nobody_elses(case: Case) -> None:
    paid = said(await case.till.pay(await case.till.order("meal"), card(1000)), 200)
    (other,) = paid["transaction"]["payments"]
    before = await case.till.shop.everything()

    problem = refused(await case.say("taken"), 400, "invalid-request")
    assert problem["errors"][0]["pointer"] == "/reference"
    missing = await resolve(case.till, case.queued, "not_taken")
    assert refused(missing, 400, "invalid-request")["errors"][0]["pointer"] == "/payment_id"
    said_of = {"reference": other["provider_reference"]}
    refused(await case.say("taken", **said_of), 409, "reference-already-used")
    unknown = await resolve(case.till, case.queued, "not_taken", payment_id=other["id"])
    refused(unknown, 404, "not-found")

    assert await case.till.shop.everything() == before


async def test_the_same_again_answers_the_same_and_anything_else_is_refused(case: Case) -> None:
    key = str(uuid4())
    first = await case.say("not_taken", key=key)
    before = await case.till.shop.everything()

    repeated, again = await case.say("not_taken", key=key), await case.say("not_taken")

    assert said(repeated, 200) == said(again, 200) == said(first, 200)
    assert repeated.headers["idempotent-replayed"] == "true"
    refused(await case.say("taken", reference="pi_1"), 409, "already-resolved")
    async with case.till.shop.till("admin") as admin:
        other = await resolve(admin, case.queued, "not_taken", payment_id=case.payment)
        refused(other, 409, "already-resolved")
    after = await case.till.shop.everything()
    assert {name: rows for name, rows in after.items() if name != "commands"} == {
        name: rows for name, rows in before.items() if name != "commands"
    }


async def test_of_two_at_once_one_is_believed(case: Case) -> None:
    await silence(case.till)
    async with case.till.shop.till("admin") as admin:
        not_taken, taken = await asyncio.gather(
            case.say("not_taken"),
            resolve(admin, case.queued, "taken", payment_id=case.payment, reference="pi_1"),
        )

    is_taken = taken.status_code == 200
    winner, loser = (taken, not_taken) if is_taken else (not_taken, taken)
    ended = said(winner, 200)
    assert ended["action"] == ("taken" if is_taken else "not_taken")
    assert loser.status_code == 409
    assert loser.json()["code"] in {"already-resolved", "payment-under-way"}
    assert await case.status() == ("completed" if is_taken else "expired")
    assert await case.till.balance("card_clearing") == (1000 if is_taken else 0)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("word", ["taken", "not_taken"])
async def test_a_crash_at_any_commit_is_healed_by_saying_it_again(
    case: Case, number: int, word: str
) -> None:
    more = {"reference": await case.taken()} if word == "taken" else {}
    key = str(uuid4())
    async with case.till.shop.crashing_at_commit(number):
        with suppress(Crash):
            await case.say(word, key=key, **more)
    await case.till.shop.ports().background.drain(5)
    case.till.shop.advance(10)

    async with case.till.shop.till() as again:
        answer = said(
            await resolve(again, case.queued, word, key=key, payment_id=case.payment, **more), 200
        )

    assert (answer["state"], answer["action"]) == ("resolved", word)
    taken = word == "taken"
    assert await case.till.balance("card_clearing") == (1000 if taken else 0)
    assert await case.till.shop.provider.received() == (1000 if taken else 0)


@pytest.mark.parametrize("who", ["cashier", "kitchen"])
async def test_who_may_not_changes_nothing(case: Case, who: str) -> None:
    before = await case.till.shop.everything()
    async with case.till.shop.till(who) as other:
        path = f"/exceptions/{case.queued['id']}"
        refused(await other.call("GET", "/exceptions"), 403, "forbidden")
        refused(await other.call("GET", path), 403, "forbidden")
        answer = await resolve(other, case.queued, "not_taken", payment_id=case.payment)
        refused(answer, 403, "forbidden")

    assert await case.till.shop.everything() == before


async def test_another_merchants_exception_does_not_exist(case: Case) -> None:
    before = await case.till.shop.everything()
    async with case.till.shop.stranger("admin") as stranger:
        assert await queue(stranger, "") == []
        path = f"/exceptions/{case.queued['id']}"
        refused(await stranger.call("GET", path), 404, "not-found")
        answer = await resolve(stranger, case.queued, "not_taken", payment_id=case.payment)
        refused(answer, 404, "not-found")

    assert await case.till.shop.everything() == before


async def test_who_works_elsewhere_neither_sees_nor_decides(case: Case) -> None:
    shop = case.till.shop
    await shop.rows(
        "update staff set role = 'manager', location_ids = '{}' where id = $1 returning id",
        shop.staff_id("colleague"),
    )
    before = await shop.everything()
    async with shop.till("colleague") as colleague:
        assert await queue(colleague, "") == []
        path = f"/exceptions/{case.queued['id']}"
        refused(await colleague.call("GET", path), 403, "forbidden")
        answer = await resolve(colleague, case.queued, "not_taken", payment_id=case.payment)
        refused(answer, 403, "forbidden")

    assert await shop.everything() == before


async def test_looking_again_asks_at_once_and_leaves_open_what_stays_unknown(case: Case) -> None:
    answer = said(await resolve(case.till, case.queued, "look_again"), 200)

    assert (answer["state"], answer["resolved_by"]) == ("open", None)
    (entry,) = answer["detail"]["history"]
    assert (entry["action"], entry["by"]) == ("look_again", str(case.till.shop.staff_id("manager")))
    assert await case.status() == "needs_attention"


async def test_looking_again_ends_what_is_found(case: Case) -> None:
    (operation,) = await case.till.shop.rows("select id from operations")
    metadata: dict[str, Any] = {"metadata[operation_id]": str(operation["id"])}
    await case.taken(**metadata)

    answer = said(await resolve(case.till, case.queued, "look_again"), 200)

    assert (answer["state"], answer["action"], answer["note"]) == ("resolved", "look_again", NOTE)
    assert answer["resolved_by"] == str(case.till.shop.staff_id("manager"))
    assert (await case.status(), await case.owed()) == ("completed", 0)
    assert said(await resolve(case.till, case.queued, "look_again"), 200) == answer
    assert await case.till.shop.provider.received() == 1000


async def test_nothing_is_said_of_a_payment_that_somebody_is_asking_about(case: Case) -> None:
    await case.till.shop.rows(
        "update operations set state = 'sent', lease_until = $1 returning id",
        case.till.shop.wiring.clock.now() + timedelta(seconds=1),
    )
    refused(await case.say("not_taken"), 409, "payment-under-way")

    case.till.shop.advance(1)
    said(await case.say("not_taken"), 200)


@pytest.mark.parametrize("capture_method", ["manual", "automatic"])
async def test_another_systems_payment_is_not_taken_for_ours(
    case: Case, capture_method: str
) -> None:
    """The account may be a web shop's as well, and a person may copy the wrong line."""
    reference = await taken_elsewhere(case.till, capture_method=capture_method)
    before = await case.till.shop.provider.statuses()

    refused(await case.say("taken", reference=reference), 422, "action-not-possible")
    refused(await case.say("not_taken", reference=reference), 422, "action-not-possible")
    said(await case.say("not_taken"), 200)

    assert await case.till.shop.provider.statuses() == before
    assert await case.owed() == 1000


async def test_what_a_silent_provider_cannot_confirm_is_not_canceled(case: Case) -> None:
    await taken_elsewhere(case.till, capture_method="manual")
    (intent,) = await case.till.shop.provider.intents()
    await silence(case.till)
    said(await case.say("not_taken", reference=intent["id"]), 200)
    await provider_is_back(case.till)
    await wait(case.till, steps=3, seconds=61)

    assert await case.till.shop.provider.statuses() == ["requires_capture"]
    assert await case.status() == "expired"
