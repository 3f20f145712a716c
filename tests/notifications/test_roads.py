"""The answer, the notification, the resolver, a person: in every order the same end, once."""

from __future__ import annotations

import random
from itertools import permutations
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from fynlo.payments.resolve import resolve_due
from tests.payments.luck import ASKS, by_hand, give_up, seen
from tests.support.crash import Crash
from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.postman import Postman
    from tests.support.shop import Till

DECLINED = "pm_card_visa_chargeDeclined"
SUCCEEDED = "payment_intent.succeeded"


async def asked(till: Till, *others: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Start a payment whose bank wants to see the customer; returns its intent too."""
    order = await till.order("meal")
    rest = 1000 - sum(one["amount"] for one in others)
    waiting = said(await till.pay(order, card(rest, ASKS), *others), 202)["transaction"]
    (asks,) = [one for one in waiting["payments"] if one["status"] == "requires_action"]
    return waiting, asks["provider_reference"]


async def recipes(till: Till) -> dict[str, int]:
    """Count what was booked, by recipe."""
    rows = await till.shop.rows(
        "select recipe, count(distinct cause_id)::int as times from ledger_postings"
        " where recipe <> 'drawer opened' group by recipe"
    )
    return {row["recipe"]: row["times"] for row in rows}


async def told(till: Till, kind: str) -> int:
    """Count the events of a type that the shop was told."""
    (row,) = await till.shop.rows("select count(*)::int as times from outbox where type = $1", kind)
    times: int = row["times"]
    return times


def roads(till: Till, postman: Postman, transaction: dict[str, Any]) -> dict[str, Any]:
    """Name the roads by which an outcome can arrive."""

    async def by_till() -> None:
        await till.call("POST", f"/transactions/{transaction['id']}/confirm", {})

    async def by_notification() -> None:
        await postman.deliver()

    async def by_resolver() -> None:
        till.shop.advance(6)
        await resolve_due(till.shop.ports())

    return {"till": by_till, "notification": by_notification, "resolver": by_resolver}


ORDERS = [
    *permutations(("till", "notification", "resolver")),
    ("notification", "notification", "till"),
    ("till", "till", "notification"),
]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_u05_a_customer_who_passed_is_recorded_once_by_whichever_road(
    till: Till, postman: Postman, order: tuple[str, ...]
) -> None:
    transaction, reference = await asked(till)
    await till.shop.provider.answer(reference, "succeed")
    by: dict[str, Callable[[], Awaitable[None]]] = roads(till, postman, transaction)

    await by[order[0]]()
    assert (await seen(till, transaction))["status"] == "completed"
    for road in order[1:]:
        await by[road]()

    assert (await seen(till, transaction))["status"] == "completed"
    assert await recipes(till) == {"card taken": 1, "order paid": 1}
    assert await told(till, "transaction.completed") == 1
    assert await told(till, "payment.processed") == 1
    assert await till.shop.provider.received() == 1000


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_a_customer_who_failed_is_recorded_once_by_whichever_road(
    till: Till, postman: Postman, order: tuple[str, ...]
) -> None:
    transaction, reference = await asked(till)
    await till.shop.provider.answer(reference, "fail")
    by: dict[str, Callable[[], Awaitable[None]]] = roads(till, postman, transaction)

    for road in order:
        await by[road]()

    found = await seen(till, transaction)
    assert (found["status"], found["amount_due"]) == ("declined", 1000)
    assert found["payments"][0]["decline"]["code"] == "authentication_failed"
    assert await recipes(till) == {}
    assert await told(till, "transaction.declined") == 1
    assert await told(till, "payment.failed") == 1
    await till.resolve()
    assert await till.shop.provider.statuses() == ["canceled"]


async def test_s14_a_till_whose_app_asks_the_customer_gets_a_secret_and_no_page(
    till: Till, postman: Postman
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer")
    in_app = card(1000, ASKS) | {"three_d_secure": "sdk"}
    checking = said(await till.pay(order, in_app), 202)["transaction"]
    await till.resolve()

    waiting = await seen(till, checking)
    reference = waiting["payments"][0]["provider_reference"]
    (asked_for,) = await till.shop.provider.intents()
    assert waiting["payments"][0]["next_action"]["type"] == "use_stripe_sdk"
    assert "redirect_url" not in waiting["payments"][0]["next_action"]
    assert waiting["payments"][0]["next_action"]["client_secret"].startswith(f"{reference}_secret_")
    assert asked_for["id"] == reference

    await till.shop.provider.answer(reference, "succeed")
    await postman.deliver()
    assert (await seen(till, checking))["status"] == "completed"


async def test_s14_only_a_card_can_ask_the_customer(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")

    problem = refused(
        await till.pay(order, cash(1000) | {"three_d_secure": "sdk"}), 400, "invalid-request"
    )

    assert problem["errors"][0]["pointer"] == "/payments/0/three_d_secure"


async def test_s14_a_hold_that_the_bank_approved_is_captured_with_the_others(
    till: Till, postman: Postman
) -> None:
    transaction, reference = await asked(till, card(400))
    await till.shop.provider.answer(reference, "succeed")

    await postman.deliver()

    assert (await seen(till, transaction))["status"] == "completed"
    assert await till.shop.provider.received() == 1000


async def test_s14_a_customer_who_walks_away_frees_the_order_and_cannot_pay_later(
    till: Till, postman: Postman
) -> None:
    transaction, reference = await asked(till)
    till.shop.advance(15 * 60)
    await resolve_due(till.shop.ports())

    found = await seen(till, transaction)
    assert (found["status"], found["amount_due"]) == ("expired", 1000)
    late = await till.shop.provider.http.post(
        f"/_sandbox/payment_intents/{reference}/action", json={"outcome": "succeed"}
    )
    assert late.status_code == 400
    await postman.deliver()
    assert (await seen(till, transaction))["status"] == "expired"
    assert await till.shop.provider.received() == 0


async def test_u06_a_customer_who_paid_unheard_until_the_deadline_has_paid(
    till: Till, postman: Postman
) -> None:
    transaction, reference = await asked(till)
    await till.shop.provider.answer(reference, "succeed")
    till.shop.advance(15 * 60)
    await resolve_due(till.shop.ports())

    assert (await seen(till, transaction))["status"] == "completed"
    await postman.deliver()
    assert await recipes(till) == {"card taken": 1, "order paid": 1}


async def test_u03_giving_up_a_payment_that_succeeded_unheard_says_so(
    till: Till, postman: Postman
) -> None:
    transaction, reference = await asked(till)
    await till.shop.provider.answer(reference, "succeed")

    given_up = said(await give_up(till, transaction), 200)["transaction"]

    assert given_up["status"] == "completed"
    await postman.deliver()
    assert await recipes(till) == {"card taken": 1, "order paid": 1}


async def test_who_finishes_twice_has_paid_once(till: Till, postman: Postman) -> None:
    transaction, reference = await asked(till)
    await till.shop.provider.answer(reference, "succeed")
    again = await till.shop.provider.http.post(
        f"/_sandbox/payment_intents/{reference}/action", json={"outcome": "fail"}
    )
    assert again.status_code == 400

    await postman.deliver()

    assert (await seen(till, transaction))["status"] == "completed"


@pytest.mark.parametrize("fault", ["lost_answer", "http_500_acted", "truncated_json"])
async def test_a_notification_tells_what_a_lost_answer_did_not(
    till: Till, postman: Postman, fault: str
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault(fault)
    checking = said(await till.pay(order, card(1000)), 202)["transaction"]
    assert checking["status"] == "checking"

    await postman.deliver(SUCCEEDED)

    found = await seen(till, checking)
    assert (found["status"], found["payments"][0]["card"]["last4"]) == ("completed", "4242")
    assert await postman.inbox() == [(SUCCEEDED, "processed", "settled")]
    await till.resolve()
    assert await recipes(till) == {"card taken": 1, "order paid": 1}
    assert len(await till.shop.provider.intents()) == 1


async def test_u08_a_process_that_died_after_the_charge_needs_no_lease_to_run_out(
    till: Till, postman: Postman
) -> None:
    order, key = await till.order("meal"), str(uuid4())
    async with till.shop.crashing_at_commit(2):
        with pytest.raises((Crash, Exception)):
            (await till.pay(order, card(1000), key=key)).raise_for_status()

    await postman.deliver()

    assert (await till.look(order))["payment_state"] == "paid"
    answer = said(await till.pay(order, card(1000), key=key), 200)
    assert answer["transaction"]["status"] == "completed"
    assert await till.shop.provider.received() == 1000


async def test_a_capture_whose_answer_was_lost_is_told_by_its_notification(
    till: Till, postman: Postman
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer", "/v1/payment_intents/", times=2)
    checking = said(await till.pay(order, card(400), card(600)), 202)["transaction"]
    assert checking["status"] == "checking"

    await postman.deliver(SUCCEEDED)

    assert (await seen(till, checking))["status"] == "completed"
    assert await till.shop.provider.received() == 1000


async def test_u07_older_news_after_newer_changes_nothing(till: Till, postman: Postman) -> None:
    transaction, reference = await asked(till, card(300))
    await till.shop.provider.answer(reference, "succeed")
    events = await postman.waiting()

    for event in reversed(events):
        said(await postman.bring(event), 200)
        await postman.handle()

    assert (await seen(till, transaction))["status"] == "completed"
    assert await recipes(till) == {"card taken": 2, "order paid": 1}
    assert {state for _, state, _ in await postman.inbox()} == {"processed"}


@pytest.mark.parametrize("seed", range(4))
async def test_w09_shuffled_and_doubled_they_lead_to_the_same_end(
    till: Till, postman: Postman, seed: int
) -> None:
    chance = random.Random(seed)
    await till.open_drawer()
    waiting, reference = await asked(till, card(300), cash(100))
    order = await till.order("meal")
    declined = said(await till.pay(order, card(400), card(600, DECLINED)), 402)["transaction"]
    await till.shop.provider.fault("lost_answer")
    other = await till.order("meal")
    lost = said(await till.pay(other, card(1000)), 202)["transaction"]
    await till.shop.provider.answer(reference, "succeed")

    for _ in range(3):
        events = await postman.waiting()
        for event in chance.sample(events * 2, len(events) * 2):
            said(await postman.bring(event), 200)
            if chance.random() < 0.2:
                await postman.handle(seconds=chance.choice([0, 1, 7]))
        await postman.handle(rounds=3, seconds=1)

    assert (await seen(till, waiting))["status"] == "completed"
    assert (await seen(till, declined))["status"] == "declined"
    assert (await seen(till, lost))["status"] == "completed"
    assert await till.shop.provider.statuses() == [
        *(("canceled",) * 2),
        *(("succeeded",) * 3),
    ]
    assert await till.shop.provider.received() == 900 + 1000
    assert {state for _, state, _ in await postman.inbox()} == {"processed"}


async def test_money_that_a_released_hold_took_after_all_goes_back(
    till: Till, postman: Postman
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500", "/v1/payment_intents/", times=1000)
    declined = said(await till.pay(order, card(400), card(600, DECLINED)), 402)["transaction"]
    await till.shop.provider.http.delete("/_sandbox/faults")
    held = declined["payments"][0]["provider_reference"]
    await by_hand(till, f"payment_intents/{held}/capture")

    await postman.deliver(SUCCEEDED)
    await till.resolve()

    assert await till.shop.provider.received() == 0
    (told_of,) = await till.shop.rows("select kind, state from exceptions")
    assert tuple(told_of.values()) == ("surplus", "open")


async def test_a_hold_that_ran_out_frees_the_order(till: Till, postman: Postman) -> None:
    """One card is held while the other's customer is with their bank; the hold ends meanwhile."""
    transaction, _ = await asked(till, card(400))
    (held,) = [one for one in transaction["payments"] if one["status"] == "authorized"]
    await by_hand(till, f"payment_intents/{held['provider_reference']}/cancel")

    await postman.deliver("payment_intent.canceled")

    found = await seen(till, transaction)
    assert (found["status"], found["amount_due"]) == ("declined", 1000)
    await till.resolve()
    assert await till.shop.provider.statuses() == ["canceled", "canceled"]


async def test_a_hold_that_somebody_else_captured_is_part_of_the_sale(
    till: Till, postman: Postman
) -> None:
    transaction, reference = await asked(till, card(400))
    (held,) = [one for one in transaction["payments"] if one["status"] == "authorized"]
    await by_hand(till, f"payment_intents/{held['provider_reference']}/capture")
    await postman.deliver(SUCCEEDED)
    assert (await seen(till, transaction))["status"] == "requires_action"

    await till.shop.provider.answer(reference, "succeed")
    await postman.deliver()

    assert (await seen(till, transaction))["status"] == "completed"
    assert await till.shop.provider.received() == 1000


async def test_two_tills_and_a_notification_pay_an_order_once(till: Till, postman: Postman) -> None:
    """The order is being paid, with the customer at their bank; another till tries as well."""
    transaction, reference = await asked(till)
    order = {"id": transaction["order_id"]}
    await till.shop.provider.answer(reference, "succeed")

    refused(await till.pay(order, card(1000)), 422, "order-overpaid")
    await postman.deliver()
    refused(await till.pay(order, card(1000)), 409, "order-not-payable")

    assert await till.shop.provider.received() == 1000
