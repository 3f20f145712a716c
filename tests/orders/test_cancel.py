"""An order is given up once, with a reason, by those who may, and only while no money is in it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.orders.menu import bank_transfer, placed, stock
from tests.support.shop import ASKING, cash, refused, said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Till


async def cancel(
    till: Till, order: dict[str, Any], reason: object = "They left", *, key: str | None = None
) -> httpx.Response:
    return await till.call("POST", f"/orders/{order['id']}/cancel", {"reason": reason}, key=key)


async def test_a_canceled_order_says_who_gave_it_up_and_why(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")

    canceled = said(await cancel(till, order), 200)

    assert (canceled["state"], canceled["version"]) == ("canceled", 3)
    assert canceled["history"][-1] == {
        "from": "validated",
        "to": "canceled",
        "at": "2026-03-04T12:00:00Z",
        "by": str(till.shop.staff_id("manager")),
        "reason": "They left",
    }
    assert await till.look(order) == canceled
    events = await till.shop.rows(
        "select type, payload->>'previous' as previous from outbox"
        " where payload->>'order_id' = $1 order by position desc limit 1",
        order["id"],
    )
    assert events == [{"type": "order.status_changed", "previous": "validated"}]
    refused(await till.pay(order, cash(1000)), 409, "order-not-payable")
    refused(
        await till.call("PUT", f"/orders/{order['id']}/lines", {"version": 3, "lines": []}),
        409,
        "illegal-transition",
    )


async def test_the_same_key_gets_the_same_answer_byte_for_byte(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())
    first = await cancel(till, order, key=key)
    before = await till.shop.everything()

    again = await cancel(till, order, key=key)

    said(first, 200)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert await till.shop.everything() == before


async def test_ten_times_at_once_under_one_key_cancel_once(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())

    answers = await asyncio.gather(*(cancel(till, order, key=key) for _ in range(10)))

    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    assert sum("idempotent-replayed" in one.headers for one in answers) == 9
    assert len((await till.look(order))["history"]) == 3


async def test_ten_keys_at_once_cancel_once(till: Till) -> None:
    order = await till.order("meal")

    answers = await asyncio.gather(*(cancel(till, order) for _ in range(10)))

    (held,) = [one for one in answers if one.status_code == 200]
    for answer in answers:
        if answer is not held:
            problem = refused(answer, 409, "illegal-transition")
            assert (problem["from"], problem["event"]) == ("canceled", "cancel")
    assert await till.look(order) == held.json()
    assert len(await till.shop.rows("select from commands")) == 1


async def test_the_same_key_with_anything_else_is_refused(till: Till) -> None:
    order, other, key = await till.order("meal"), await till.order("meal"), str(uuid4())
    said(await cancel(till, order, key=key), 200)
    before = await till.shop.everything()

    async with till.shop.till("admin") as colleague:
        for answer in (
            await cancel(till, order, "Another reason", key=key),
            await cancel(till, other, key=key),
            await cancel(colleague, order, key=key),
        ):
            refused(answer, 422, "idempotency-key-reused")

    assert await till.shop.everything() == before


async def test_a_refused_key_is_free_for_another_try(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())
    transfer = await bank_transfer(till, order, 1000)
    before = await till.shop.everything()

    problem = refused(await cancel(till, order, key=key), 409, "money-reserved")
    assert problem["amount_reserved"] == 1000
    assert await till.shop.everything() == before

    given_up = {"reason": "They left"}
    said(await till.call("POST", f"/transactions/{transfer['id']}/cancel", given_up), 200)
    assert said(await cancel(till, order, key=key), 200)["state"] == "canceled"


async def test_an_order_with_money_in_it_is_not_canceled(till: Till) -> None:
    await till.open_drawer()
    await stock(till.shop)
    part, done, free = (
        await till.order("meal"),
        await till.order("coffee"),
        await till.order("tasting"),
    )
    said(await till.pay(part, cash(400)), 200)
    said(await till.pay(done, cash(333)), 200)
    before = await till.shop.everything()

    assert refused(await cancel(till, part), 409, "money-taken")["amount_paid"] == 400
    assert refused(await cancel(till, free), 409, "money-taken")["amount_paid"] == 0
    problem = refused(await cancel(till, done), 409, "illegal-transition")

    assert (problem["from"], problem["event"]) == ("done", "cancel")
    assert await till.shop.everything() == before


async def test_a_payment_and_a_cancellation_at_once_never_both_happen(till: Till) -> None:
    await till.open_drawer()
    orders = [await till.order("coffee") for _ in range(6)]

    answers = await asyncio.gather(
        *(till.pay(order, cash(333)) for order in orders),
        *(cancel(till, order) for order in orders),
    )

    for order, paid, canceled in zip(orders, answers[:6], answers[6:], strict=True):
        codes = {paid.status_code, canceled.status_code}
        assert codes == {200, 409}, (paid.text, canceled.text)
        state = (await till.look(order))["state"]
        assert state == ("done" if paid.status_code == 200 else "canceled")


async def test_a_cashier_gives_up_drafts_of_their_own_alone(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        own, fixed = await placed(cashier, "meal"), await cashier.order("meal")
        managers = await placed(till, "meal")
        async with till.shop.till("colleague") as colleague:
            before = await till.shop.everything(but=ASKING)
            for somebody, order in ((cashier, fixed), (cashier, managers), (colleague, own)):
                problem = refused(await cancel(somebody, order), 403, "approval-required")
                assert problem["approval"]["permissions"] == ["orders.manage"]
            assert await till.shop.everything(but=ASKING) == before

        assert said(await cancel(cashier, own), 200)["state"] == "canceled"
    for order in (fixed, managers):
        assert said(await cancel(till, order), 200)["state"] == "canceled"


async def test_those_who_may_not_and_strangers_change_nothing(till: Till) -> None:
    order = await placed(till, "meal")
    before = await till.shop.everything()

    async with till.shop.till("kitchen") as kitchen, till.shop.stranger("admin") as stranger:
        problem = refused(await cancel(kitchen, order), 403, "forbidden")
        assert problem["permission"] == "orders.create"
        refused(await cancel(stranger, order), 404, "not-found")
        assert await stranger.shop.rows("select from commands") == []
    assert await till.shop.everything() == before
    await till.shop.rows("update staff set location_ids = '{}' where role = 'manager' returning id")
    before = await till.shop.everything()
    refused(await cancel(till, order), 403, "forbidden")

    assert await till.shop.everything() == before


async def test_a_cancellation_that_cannot_be_meant_changes_nothing(till: Till) -> None:
    order = await placed(till, "meal")
    before, path = await till.shop.everything(), f"/orders/{order['id']}/cancel"

    for reason in (None, "", "x" * 501, 1, ["x"], "a\0b"):
        problem = refused(await cancel(till, order, reason), 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == "/reason"
    for body in ({}, {"reason": "x", "refund": True}):
        refused(await till.call("POST", path, body), 400, "invalid-request")
    no_key = await till.http.post(f"/api/v1{path}", json={"reason": "x"})
    refused(no_key, 400, "idempotency-key-required")

    assert await till.shop.everything() == before


async def test_a_crash_at_the_commit_leaves_the_key_and_the_order_as_they_were(till: Till) -> None:
    order, key = await placed(till, "meal"), str(uuid4())
    before = await till.shop.everything()

    async with till.shop.crashing_at_commit(1):
        died = await cancel(till, order, key=key)
    assert died.status_code == 500
    assert await till.shop.everything() == before

    answer = await cancel(till, order, key=key)
    assert said(answer, 200)["state"] == "canceled"
    assert "idempotent-replayed" not in answer.headers
