"""The inbox: what is known costs nothing, what lags is looked at again, what fails is not lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from fynlo.main import NOTICES
from fynlo.notifications.handle import handle_due
from fynlo.notifications.model import ATTEMPTS_MAX
from fynlo.notifications.replay import replay
from fynlo.payments.look_again import look_again
from fynlo.payments.model.notice import Handled, Notice, Saying, Verdict
from fynlo.platform.ports import Ports
from tests.payments.luck import ASKS, by_hand, provider_is_back, seen
from tests.support.crash import Crash
from tests.support.shop import card, said

if TYPE_CHECKING:
    from tests.support.postman import Postman
    from tests.support.shop import Till

SUCCEEDED = "payment_intent.succeeded"
REFUNDED = "charge.refunded"


async def reads(till: Till) -> int:
    """Count how often the provider was asked for an intent."""
    answer = await till.shop.provider.http.get("/_sandbox/requests")
    return sum(
        one["method"] == "GET" and "/payment_intents/" in one["path"]
        for one in answer.json()["items"]
    )


async def exceptions(till: Till) -> list[tuple[Any, ...]]:
    rows = await till.shop.rows(
        "select kind, state, detail::text from exceptions order by opened_at, kind"
    )
    return [tuple(row.values()) for row in rows]


async def stray(till: Till, form: dict[str, object] | None = None) -> str:
    """Take money at the same account, past us."""
    usual: dict[str, object] = {"amount": 1250, "currency": "gbp", "confirm": "true"}
    card_of: dict[str, object] = {
        "payment_method": "pm_card_visa",
        "allowed_payment_method_types[]": "card",
    }
    await by_hand(till, "payment_intents", **usual | card_of | (form or {}))
    reference: str = (await till.shop.provider.intents())[0]["id"]
    return reference


async def test_what_is_known_already_asks_nobody(till: Till, postman: Postman) -> None:
    order = await till.order("meal")
    said(await till.pay(order, card(1000)), 200)
    before = await reads(till)

    await postman.deliver()

    assert await reads(till) == before
    assert (SUCCEEDED, "processed", "known") in await postman.inbox()
    (row,) = await till.shop.rows("select * from notifications where type = $1", SUCCEEDED)
    assert str(row["order_id"]) == order["id"]


async def test_a_record_that_lags_is_looked_at_again(till: Till, postman: Postman) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    reference = waiting["payments"][0]["provider_reference"]
    await till.shop.provider.answer(reference, "succeed")
    await till.shop.provider.fault("stale_read", method="GET", times=2)

    await postman.deliver(SUCCEEDED)
    assert await postman.inbox() == [(SUCCEEDED, "received", "not_yet")]
    assert (await seen(till, waiting))["status"] == "requires_action"
    await postman.handle(seconds=1)
    await postman.handle(seconds=2)

    assert await postman.inbox() == [(SUCCEEDED, "processed", "settled")]
    assert (await seen(till, waiting))["status"] == "completed"


async def test_u02_money_of_which_we_have_no_row_is_told_to_a_person_once(
    till: Till, postman: Postman
) -> None:
    reference = await stray(till)

    await postman.deliver(SUCCEEDED)
    for event in await postman.waiting(SUCCEEDED):
        said(await postman.bring({**event, "id": "evt_another_for_the_same"}), 200)
    await postman.handle()

    assert await exceptions(till) == [
        (
            "unmatched",
            "open",
            (
                '{"amount": 1250, "saying": "captured", "currency": "GBP", "order_id": null, '
                f'"standing": "captured", "reference": "{reference}", "operation_id": null, '
                '"transaction_id": null}'
            ),
        )
    ]
    assert {result for _, _, result in await postman.inbox()} == {"unmatched"}


async def test_a_hold_past_us_is_told_until_it_ends(till: Till, postman: Postman) -> None:
    reference = await stray(till, {"capture_method": "manual"})
    await postman.deliver("payment_intent.amount_capturable_updated")
    assert [one[:2] for one in await exceptions(till)] == [("unmatched", "open")]

    await by_hand(till, f"payment_intents/{reference}/cancel")
    await postman.deliver("payment_intent.canceled")

    assert [one[:2] for one in await exceptions(till)] == [("unmatched", "resolved")]


async def test_a_second_payment_under_our_mark_is_a_stray(till: Till, postman: Postman) -> None:
    """The tender knows its own payment; whoever copies its marks makes another one."""
    order = await till.order("meal")
    paid = said(await till.pay(order, card(1000)), 200)["transaction"]
    (operation,) = await till.shop.rows("select id from operations")
    reference = await stray(till, {"metadata[operation_id]": str(operation["id"])})

    await postman.deliver()

    ((kind, _, detail),) = await exceptions(till)
    assert kind == "unmatched"
    assert reference in detail
    assert str(operation["id"]) in detail
    assert (await seen(till, paid))["payments"][0]["provider_reference"] != reference


async def test_an_intent_past_us_that_holds_no_money_concerns_nobody(
    till: Till, postman: Postman
) -> None:
    await stray(till, {"payment_method": ASKS, "return_url": "http://127.0.0.1/"})
    await postman.deliver()

    assert await exceptions(till) == []
    assert {state for _, state, _ in await postman.inbox()} == {"processed"}


async def test_tr55_another_merchants_payment_is_not_found_by_its_name(
    till: Till, postman: Postman
) -> None:
    async with till.shop.stranger() as theirs:
        order = await till.order("meal")
        waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
        event = (await postman.waiting("payment_intent.requires_action"))[0]
        handled = await look_again(
            till.shop.ports(), theirs.shop.merchant_id, _notice(event, waiting)
        )

        assert handled == Handled(Verdict.SILENT)  # They have no account to be told of.
        assert await theirs.shop.rows("select * from transactions") == []


def _notice(event: dict[str, Any], transaction: dict[str, Any]) -> Any:
    reference = transaction["payments"][0]["provider_reference"]
    made_at = datetime(2026, 3, 4, tzinfo=UTC)
    return Notice(event["id"], event["type"], reference, made_at, Saying.ACTION_REQUIRED, reference)


async def test_what_names_no_payment_concerns_nobody(till: Till) -> None:
    """An old charge that belongs to no payment of the kind that we make."""
    made_at = datetime(2026, 3, 4, tzinfo=UTC)
    nameless = Notice("evt_1", REFUNDED, "ch_1", made_at, Saying.RETURNED)

    handled = await look_again(till.shop.ports(), till.shop.merchant_id, nameless)

    assert handled == Handled(Verdict.NOT_NEEDED)


async def test_a_refund_past_us_is_told_to_a_person(till: Till, postman: Postman) -> None:
    order = await till.order("meal")
    paid = said(await till.pay(order, card(1000)), 200)["transaction"]
    reference = paid["payments"][0]["provider_reference"]
    await by_hand(till, "refunds", payment_intent=reference)

    await postman.deliver(REFUNDED)

    assert [one[:2] for one in await exceptions(till)] == [("returned_outside", "open")]
    assert (await seen(till, paid))["status"] == "completed"
    assert (await till.look(order))["payment_state"] == "paid"


async def test_a_part_that_was_refunded_past_us_is_told_with_its_amount(
    till: Till, postman: Postman
) -> None:
    order = await till.order("meal")
    paid = said(await till.pay(order, card(1000)), 200)["transaction"]
    payment = paid["payments"][0]
    await by_hand(till, "refunds", payment_intent=payment["provider_reference"], amount=150)

    await postman.deliver(REFUNDED)

    assert await exceptions(till) == [
        ("returned_outside", "open", f'{{"amount": 150, "payment_id": "{payment["id"]}"}}')
    ]
    assert {state for _, state, _ in await postman.inbox()} == {"processed"}


async def test_while_the_provider_is_silent_a_notification_waits(
    till: Till, postman: Postman
) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    reference = waiting["payments"][0]["provider_reference"]
    await till.shop.provider.answer(reference, "succeed")
    await till.shop.provider.fault("http_500", method="GET", times=1000)

    await postman.deliver(SUCCEEDED)
    await postman.handle(rounds=4, seconds=2)

    assert await postman.inbox() == [(SUCCEEDED, "received", "silent")]
    await provider_is_back(till)
    await postman.handle(seconds=300)
    assert (await seen(till, waiting))["status"] == "completed"


async def test_w10_what_fails_for_hours_is_a_dead_letter_that_a_person_can_send_again(
    till: Till, postman: Postman
) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    reference = waiting["payments"][0]["provider_reference"]
    await till.shop.provider.answer(reference, "succeed")
    (event,) = await postman.waiting(SUCCEEDED)
    said(await postman.bring(event), 200)

    async def broken(*_: object) -> Handled:
        raise LookupError

    for _ in range(ATTEMPTS_MAX + 1):
        await handle_due(till.shop.ports(), dict.fromkeys(NOTICES, broken))
        till.shop.advance(300)

    assert await postman.inbox() == [(SUCCEEDED, "failed", "LookupError")]
    assert [one[:2] for one in await exceptions(till)] == [("notification_failed", "open")]
    (row,) = await till.shop.rows("select attempts from notifications")
    assert row["attempts"] == ATTEMPTS_MAX

    ports = Ports(till.shop.wiring.db, till.shop.wiring.clock)
    assert await replay(ports, till.shop.merchant_id, "evt_of_nobody") == []
    assert await replay(ports, till.shop.merchant_id, event["id"]) == [event["id"]]
    assert await replay(ports, till.shop.merchant_id) == []
    await postman.handle()

    assert await postman.inbox() == [(SUCCEEDED, "processed", "settled")]
    assert [one[:2] for one in await exceptions(till)] == [("notification_failed", "resolved")]
    assert await till.shop.rows("select status from transactions") == [{"status": "completed"}]


@pytest.mark.parametrize("commit", [1, 2, 3, 4])
async def test_a_crash_at_any_commit_of_handling_leaves_it_to_the_next(
    till: Till, postman: Postman, commit: int
) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    await till.shop.provider.answer(waiting["payments"][0]["provider_reference"], "succeed")
    (event,) = await postman.waiting(SUCCEEDED)
    said(await postman.bring(event), 200)

    async with till.shop.crashing_at_commit(commit + 1):  # The first one reads what is due.
        with suppress(Crash):
            await postman.handle()
    await postman.handle(rounds=2, seconds=31)

    assert (await seen(till, waiting))["status"] == "completed"
    assert [state for _, state, _ in await postman.inbox()] == ["processed"]
    assert await till.balance("card_clearing") == 1000


async def test_several_workers_share_the_inbox(till: Till, postman: Postman) -> None:
    order = await till.order("meal")
    said(await till.pay(order, card(1000)), 200)
    (event,) = await postman.waiting(SUCCEEDED)
    for number in range(20):
        said(await postman.bring({**event, "id": f"evt_{number}"}), 200)

    ports = till.shop.ports()
    await asyncio.gather(*(handle_due(ports, NOTICES) for _ in range(4)))

    rows = await till.shop.rows("select state, attempts from notifications")
    assert {tuple(row.values()) for row in rows} == {("processed", 1)}
    assert len(rows) == 20


async def test_who_fails_after_its_lease_does_not_undo_what_another_did(
    till: Till, postman: Postman
) -> None:
    said(await till.pay(await till.order("meal"), card(1000)), 200)
    (event,) = await postman.waiting(SUCCEEDED)
    said(await postman.bring(event), 200)
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> Handled:
        began.set()
        await go_on.wait()
        raise LookupError

    late = asyncio.create_task(handle_due(till.shop.ports(), dict.fromkeys(NOTICES, slow)))
    await began.wait()
    till.shop.advance(31)
    await handle_due(till.shop.ports(), NOTICES)
    go_on.set()
    await late

    assert await postman.inbox() == [(SUCCEEDED, "processed", "known")]


async def test_while_its_account_is_away_a_notification_waits_however_long(
    till: Till, postman: Postman
) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    await till.shop.provider.answer(waiting["payments"][0]["provider_reference"], "succeed")
    (event,) = await postman.waiting(SUCCEEDED)
    said(await postman.bring(event), 200)
    await till.shop.provider.fault("http_500", method="GET", times=1000)

    await postman.handle(rounds=ATTEMPTS_MAX + 5, seconds=300)

    assert await postman.inbox() == [(SUCCEEDED, "received", "silent")]
    assert await exceptions(till) == []
    await provider_is_back(till)
    await postman.handle(seconds=300)
    assert await postman.inbox() == [(SUCCEEDED, "processed", "settled")]


async def test_a_notification_that_nobody_survives_is_a_dead_letter(
    till: Till, postman: Postman
) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    await till.shop.provider.answer(waiting["payments"][0]["provider_reference"], "succeed")
    (event,) = await postman.waiting(SUCCEEDED)
    said(await postman.bring(event), 200)

    async def deadly(*_: object) -> Handled:
        raise Crash

    for _ in range(ATTEMPTS_MAX + 1):
        await handle_due(till.shop.ports(), dict.fromkeys(NOTICES, deadly))
        till.shop.advance(31)

    assert await postman.inbox() == [(SUCCEEDED, "failed", "nobody survived it")]
    assert [one[:2] for one in await exceptions(till)] == [("notification_failed", "open")]


async def test_a_refund_of_ours_that_comes_back_is_told_to_a_person(
    till: Till, postman: Postman
) -> None:
    """One of two holds is gone when they are captured, so the other goes back; its bank refuses."""
    order = await till.order("meal")
    held = said(
        await till.pay(order, card(400, "pm_card_refundFail"), card(200), card(400, ASKS)), 202
    )["transaction"]
    first, second, third = [one["provider_reference"] for one in held["payments"]]
    await by_hand(till, f"payment_intents/{first}/capture")
    await by_hand(till, f"payment_intents/{second}/cancel")
    await postman.deliver()
    await till.resolve()
    assert (await seen(till, held))["status"] == "declined"

    await till.shop.provider.http.post("/_sandbox/clock", json={"advance_seconds": 86_400})
    await till.shop.provider.http.get("/_sandbox/books")
    await postman.deliver()

    assert third
    assert ("return_failed", "open") in [one[:2] for one in await exceptions(till)]
