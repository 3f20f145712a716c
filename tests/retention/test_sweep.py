"""What is old goes; what is younger, undecided, told to nobody or money stays."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

from fynlo.kernel.ids import CommandId
from fynlo.platform import commands
from fynlo.platform.commands import AnswerForgotten, Command
from fynlo.platform.ports import Ports
from fynlo.platform.relay import relay_due
from fynlo.retention import store
from fynlo.retention.model import AGING, FOREVER
from fynlo.retention.sweep import sweep, sweep_one
from fynlo.retention.sweep_daily import sweep_daily
from tests.house.source import ROOT
from tests.http.test_hunt import all_rows
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Shop, Till

DAY = 86_400


def ports(shop: Shop) -> Ports:
    return Ports(shop.wiring.db, shop.wiring.clock)


async def a_day(till: Till) -> dict[str, Any]:
    """Sell something, edit an order, hear from the provider: something of every class."""
    shop = till.shop
    await till.open_drawer()
    said(await till.pay(await till.order("meal"), cash(1000)), 200)
    draft = await till.order("meal", validated=False)
    line = {"lines": [{"product_id": str(shop.product_id("penny")), "quantity": 1}]}
    key = str(uuid4())
    said(await till.call("POST", f"/orders/{draft['id']}/lines", line, key=key), 200)
    for state in ("processed", "failed", "received"):
        await hear(shop, state)
    return {"path": f"/orders/{draft['id']}/lines", "body": line, "key": key}


async def hear(shop: Shop, state: str) -> None:
    now = shop.wiring.clock.now()
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        tx.write(
            "insert into notifications (merchant_id, id, provider, event_id, type, object_id,"
            " made_at, received_at, state, due_at, processed_at)"
            " values ($1, $2, 'stripe', $3, 'charge.updated', 'ch_1', $4, $4, $5, $6, $7)",
            *(shop.merchant_id, uuid4(), f"evt_{uuid4()}", now, state),
            *(now if state == "received" else None, now if state == "processed" else None),
        )


async def publish(shop: Shop) -> None:
    """Number all events, and say that all of them were published."""
    while await relay_due(ports(shop), None):
        pass
    await shop.rows(
        "update event_streams set published_sequence = last_sequence, due_at = null"
        " returning merchant_id"
    )


async def test_x13_each_class_goes_after_its_days_and_not_a_moment_before(
    till: Till,
) -> None:
    shop = till.shop
    again = await a_day(till)
    await publish(shop)
    money = {name: rows for name, rows in (await all_rows(shop)).items() if name in FOREVER}
    (stream,) = await shop.rows("select * from event_streams")

    shop.advance(30 * DAY - 1)
    before = await all_rows(shop)
    assert await sweep_one(ports(shop), shop.merchant_id) == dict.fromkeys(store.CLASSES, 0)
    assert await all_rows(shop) == before
    repeat = await till.call("POST", again["path"], again["body"], key=again["key"])
    # The manager's own session has ended by now, as any other.
    refused(repeat, 401, "unauthenticated")

    shop.advance(1)
    dry = await sweep_one(ports(shop), shop.merchant_id, is_dry=True)
    assert await all_rows(shop) == before
    with capture_logs() as logs:
        removed = await sweep_one(ports(shop), shop.merchant_id)

    assert (
        removed
        == dry
        == {
            "sessions": 0,
            "notifications": 1,
            "events": stream["last_sequence"],
            "answers": 0,
        }
    )
    assert logs == [
        {
            "event": "what was old is removed",
            "log_level": "info",
            "merchant": str(shop.merchant_id),
            **removed,
        }
    ]
    left = await shop.rows("select state from notifications order by state")
    assert [row["state"] for row in left] == ["failed", "received"]
    after = await all_rows(shop)
    assert {name: rows for name, rows in after.items() if name in FOREVER} == money
    (stream,) = await shop.rows("select * from event_streams")
    assert stream["forgotten_sequence"] == stream["last_sequence"] > 0
    assert await sweep_one(ports(shop), shop.merchant_id) == dict.fromkeys(store.CLASSES, 0)


async def test_x13_sessions_go_with_their_tokens_once_they_have_ended_for_long(
    shop: Shop,
) -> None:
    await shop.sign_in("cashier")
    await shop.sign_in("manager")
    rows = await shop.rows("select id, staff_id, expires_at from sessions order by staff_id, id")
    now = shop.wiring.clock.now()
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        for number, row in enumerate(rows):
            tx.write(
                "insert into refresh_tokens (token_hash, merchant_id, session_id, expires_at)"
                " values ($1, $2, $3, $4)",
                *(uuid4().bytes, shop.merchant_id, row["id"], now + timedelta(days=1)),
            )
            await tx.flush()
            if number == 0:
                ends = "update sessions set revoked_at = $3 where merchant_id = $1 and id = $2"
                tx.write(ends, *(shop.merchant_id, row["id"], now))
            else:
                lasts = "update sessions set expires_at = $3 where merchant_id = $1 and id = $2"
                tx.write(lasts, *(shop.merchant_id, row["id"], now + timedelta(days=60)))

    shop.advance(30 * DAY)
    assert (await sweep_one(ports(shop), shop.merchant_id))["sessions"] == 2
    assert [row["id"] for row in await shop.rows("select id from sessions")] == [rows[1]["id"]]
    shop.advance(DAY)  # A token that ran out goes, though its session may still stand.
    assert (await sweep_one(ports(shop), shop.merchant_id))["sessions"] == 1
    assert await shop.rows("select * from refresh_tokens") == []
    assert len(await shop.rows("select id from sessions")) == 1
    shop.advance(60 * DAY)
    assert (await sweep_one(ports(shop), shop.merchant_id))["sessions"] == 1
    assert await shop.rows("select id from sessions") == []


async def test_x13_an_answer_that_is_forgotten_is_not_given_and_nothing_is_done_again(
    till: Till,
) -> None:
    shop = till.shop
    again = await a_day(till)
    shop.advance(90 * DAY)
    assert (await sweep_one(ports(shop), shop.merchant_id))["answers"] == 1

    (known,) = await shop.rows("select * from commands where kind = 'orders.add_lines'")
    assert (known["state"], known["status"], known["answer"]) == ("finished", 200, b"")
    paid = await shop.rows("select * from commands where kind = 'transactions.process'")
    assert all(row["answer"] for row in paid)
    assert len(paid) == 1
    before = await all_rows(shop)
    command = Command(CommandId(known["id"]), known["kind"], known["target_id"], known["body_hash"])
    with pytest.raises(AnswerForgotten):
        async with shop.wiring.db.transaction(shop.merchant_id) as tx:
            await commands.claim(tx, command, known["actor"], shop.wiring.clock.now())
    assert await all_rows(shop) == before

    async with shop.till() as manager:
        answer = await manager.call("POST", again["path"], again["body"], key=again["key"])
        refused(answer, 409, "answer-forgotten")


async def test_tr112_what_nobody_was_told_yet_is_never_removed(till: Till) -> None:
    shop = till.shop
    await a_day(till)
    while await relay_due(ports(shop), None):
        pass
    await shop.rows("update event_streams set published_sequence = 1 returning merchant_id")
    shop.advance(400 * DAY)

    assert (await sweep_one(ports(shop), shop.merchant_id))["events"] == 1
    rows = await shop.rows("select sequence from events order by sequence")
    assert rows[0]["sequence"] == 2
    # Not even by a statement that forgets to ask.
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        assert await tx.fetch("delete from events where sequence > 0 returning sequence") == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with shop.wiring.db.transaction(shop.merchant_id) as tx:
            await tx.fetch("update events set type = 'another'")


async def test_what_somebody_holds_is_left_for_the_next_sweep(till: Till) -> None:
    shop = till.shop
    await a_day(till)
    await publish(shop)
    shop.advance(30 * DAY)
    hold = "select from notifications where state = 'processed' for update"
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        held, go = asyncio.Event(), asyncio.Event()

        async def holding() -> None:
            async with shop.wiring.db.transaction(shop.merchant_id) as tx:
                await tx.fetch(hold)
                await tx.fetch("select from event_streams for no key update")
                held.set()
                await go.wait()

        tasks.create_task(holding())
        await held.wait()
        assert await sweep_one(ports(shop), shop.merchant_id) == dict.fromkeys(store.CLASSES, 0)
        go.set()
    removed = await sweep_one(ports(shop), shop.merchant_id)
    assert (removed["notifications"], removed["events"] > 3) == (1, True)


async def test_x13_a_shop_keeps_for_as_long_as_its_own_rule_says(till: Till) -> None:
    shop = till.shop
    await a_day(till)
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        store.keep_for(tx, "notifications", 8, shop.wiring.clock.now())
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        store.keep_for(tx, "notifications", 60, shop.wiring.clock.now())

    shop.advance(59 * DAY)
    assert (await sweep_one(ports(shop), shop.merchant_id))["notifications"] == 0
    shop.advance(DAY)
    assert (await sweep_one(ports(shop), shop.merchant_id))["notifications"] == 1


async def test_x14_a_sweep_of_one_merchant_leaves_the_others(till: Till) -> None:
    await a_day(till)
    async with till.shop.stranger() as stranger:
        await a_day(stranger)
        till.shop.advance(31 * DAY)
        theirs = await all_rows(stranger.shop)

        assert (await sweep_one(ports(till.shop), till.shop.merchant_id))["notifications"] == 1

        assert await all_rows(stranger.shop) == theirs
        assert (await sweep(ports(till.shop), is_dry=True))["notifications"] >= 1
        assert await all_rows(stranger.shop) == theirs
        assert (await sweep(ports(till.shop)))["notifications"] >= 1
        left = await stranger.shop.rows("select state from notifications")
        assert sorted(row["state"] for row in left) == ["failed", "received"]


async def test_each_day_is_swept_once_from_two_o_clock_on_by_whoever_is_first(till: Till) -> None:
    shop = till.shop
    await a_day(till)
    shop.advance(30 * DAY)  # Noon.
    await asyncio.gather(*(sweep_daily(ports(shop)) for _ in range(3)))
    (first,) = await shop.rows("select * from retention_sweeps")
    assert first["finished_at"] == shop.wiring.clock.now()
    assert '"notifications": 1' in first["removed"]

    shop.advance(14 * 3600 - 1)  # A second before two.
    await sweep_daily(ports(shop))
    assert await shop.rows("select * from retention_sweeps") == [first]
    shop.advance(1)
    await sweep_daily(ports(shop))
    assert len(await shop.rows("select * from retention_sweeps")) == 2


@pytest.mark.parametrize(
    "table", [one for one in FOREVER if one not in {"order_lines", "order_discounts"}]
)
async def test_tr112_the_record_of_money_cannot_be_removed_at_all(shop: Shop, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with shop.wiring.db.transaction(shop.merchant_id) as tx:
            await tx.fetch(f"delete from {table}")


def test_s25_the_classes_are_told_on_the_page() -> None:
    page = (ROOT / "docs/howto/retention.md").read_text("utf-8")
    for one in AGING:
        assert f"| `{one.name}` | {one.days} | {one.days_min} | {one.removed} |" in page
