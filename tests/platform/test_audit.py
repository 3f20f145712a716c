"""Who did what is on record: with the act, unchangeable, in a chain that anybody can check."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from fynlo.insight import verify
from fynlo.insight.chain_lines import BATCH_MAX as LINES_MAX
from fynlo.insight.chain_lines import chain_lines
from fynlo.kernel.errors import Unauthenticated
from fynlo.kernel.ids import SessionId
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.platform.chain import BATCH_MAX, chain_due
from fynlo.staff import Caller
from tests.support.crash import Crash
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till

HOWTO = Path(__file__).parents[2] / "docs/howto/audit.md"


async def entries(admin: Till, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = said(await admin.call("GET", f"/audit{query}"), 200)["items"]
    return items


async def act_often(till: Till, times: int) -> None:
    now = till.shop.wiring.clock.now()
    acts = [Act("shop.kept", "shop", till.shop.merchant_id, after={"n": n}) for n in range(times)]
    for first in range(0, times, 50):
        async with till.shop.wiring.db.transaction(till.shop.merchant_id) as tx:
            audit.record(tx, now, None, *acts[first : first + 50])


async def test_x06_an_entry_says_who_did_what_from_where_before_and_after(till: Till) -> None:
    meal = till.shop.product_id("meal")
    headers = {"X-Request-Id": "a-request-of-ours"}
    wish = {"price": 1100, "reason": "Fish is dear."}
    said(await till.http.patch(f"/api/v1/products/{meal}", json=wish, headers=headers), 200)

    async with till.shop.till("admin") as admin:
        (entry,) = await entries(admin, f"?target_id={meal}")

    assert entry | {"id": "", "session_id": ""} == {
        "id": "",
        "at": "2026-03-04T12:00:00Z",
        "action": "product.changed",
        "actor": {"kind": "person", "id": str(till.shop.staff_id("manager"))},
        "session_id": "",
        "device": None,
        "ip": "127.0.0.1",
        "request_id": "a-request-of-ours",
        "target": {"kind": "product", "id": str(meal)},
        "location_id": None,
        "before": {"price": 1000},
        "after": {"price": 1100},
        "reason": "Fish is dear.",
        "approved_by": None,
        "approval_id": None,
        "sequence": None,
        "hash": None,
    }


async def test_x06_what_is_refused_leaves_no_entry_and_a_secret_is_told_as_changed(
    till: Till,
) -> None:
    async with till.shop.till("admin") as admin:
        path = f"/staff/{till.shop.staff_id('cashier')}"
        stale = {"version": 9, "name": "Nobody"}
        refused(await admin.call("PATCH", path, stale), 409, "version-conflict")
        assert await entries(admin) == []
        secrets = {"password": "a password that nobody reads", "pin": "90210"}
        said(await admin.call("PATCH", path, {"name": "Kim", **secrets}), 200)
        (entry,) = await entries(admin, "?action=person.changed")

    assert (entry["before"]["name"], entry["after"]["name"]) == ("Cashier", "Kim")
    assert sorted(entry["after"]) == ["name", "password_hash", "pin_hash"]
    assert entry["after"]["pin_hash"] == "[hidden]"
    kept = repr(await till.shop.rows("select content from audit_entries"))
    assert "argon2" not in kept
    assert "90210" not in kept
    assert "nobody reads" not in kept


async def test_x06_what_people_type_where_it_does_not_belong_is_not_kept(till: Till) -> None:
    meal = f"/products/{till.shop.product_id('meal')}"
    card = {"price": 1100, "reason": "Card 4242 4242 4242 4242"}
    refused(await till.call("PATCH", meal, card), 400, "invalid-request")
    said(await till.call("PATCH", meal, card | {"reason": "password: tea at four"}), 200)

    (row,) = await till.shop.rows("select content from audit_entries")

    assert "4242" not in row["content"]
    assert "password: tea" not in row["content"]


async def test_x06_the_application_can_neither_change_nor_remove_an_entry(till: Till) -> None:
    await act_often(till, 1)
    await chain_due(till.shop.ports())
    for sql in (
        "update audit_entries set content = '{}' returning id",
        "delete from audit_entries returning id",
        "update audit_chain set sequence = 2 returning entry_id",
        "delete from audit_chain returning entry_id",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await till.shop.rows(sql)

    assert await verify(till.shop.wiring.db, till.shop.merchant_id) == []


async def test_x06_many_workers_tie_one_chain_without_a_gap(till: Till) -> None:
    await act_often(till, BATCH_MAX + 1)
    ports = till.shop.ports()

    await asyncio.gather(*(chain_due(ports) for _ in range(4)))
    while await till.shop.rows("select from audit_waiting"):
        await chain_due(ports)

    (chain,) = await till.shop.rows(
        "select count(*) as count, min(sequence) as first, max(sequence) as last from audit_chain"
    )
    assert chain == {"count": BATCH_MAX + 1, "first": 1, "last": BATCH_MAX + 1}
    assert await till.shop.rows("select from audit_waiting") == []
    assert await verify(till.shop.wiring.db, till.shop.merchant_id) == []


@pytest.mark.parametrize("commit", [1, 2])
async def test_x06_a_crash_while_it_is_tied_ties_it_once(till: Till, commit: int) -> None:
    await act_often(till, 3)
    ports = till.shop.ports()
    async with till.shop.crashing_at_commit(commit):
        with pytest.raises(Crash):
            await chain_due(ports)
    assert await till.shop.rows("select from audit_chain") == []
    while await till.shop.rows("select from audit_waiting"):
        await chain_due(ports)

    rows = await till.shop.rows("select sequence from audit_chain order by sequence")
    assert [row["sequence"] for row in rows] == [1, 2, 3]


async def test_x06_the_export_is_checked_by_the_few_lines_of_the_guide(till: Till) -> None:
    await act_often(till, 3)
    await chain_due(till.shop.ports())
    code = re.findall(r"```python\n(.*?)```", HOWTO.read_text("utf-8"), re.DOTALL)[0]
    async with till.shop.till("admin") as admin:
        answer = await admin.call("GET", "/audit/export")
        rest = await admin.call("GET", "/audit/export?after=2")
        listed = await entries(admin)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = answer.text.splitlines(keepends=True)

    def check(text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code], input=text, capture_output=True, text=True, check=False
        )

    fine = check(answer.text)
    last = max(listed, key=lambda one: one["sequence"])
    assert fine.stdout == f"3 {last['hash']}\n", fine.stderr
    assert rest.text == lines[2]
    for forged in (
        answer.text.replace('{\\"n\\":1}', '{\\"n\\":7}'),
        "".join([lines[0], lines[2]]),
        "".join([lines[1], lines[0], lines[2]]),
    ):
        assert forged != answer.text
        assert check(forged).returncode == 1


async def test_x06_who_may_not_reads_nothing_and_another_merchant_finds_nothing(
    till: Till,
) -> None:
    await act_often(till, 2)
    await chain_due(till.shop.ports())
    refused(await till.call("GET", "/audit"), 403, "forbidden")
    refused(await till.call("GET", "/audit/export"), 403, "forbidden")
    async with till.shop.stranger("admin") as stranger:
        assert await entries(stranger) == []
        assert (await stranger.call("GET", "/audit/export")).text == ""
        target = f"?target_id={till.shop.merchant_id}"
        assert await entries(stranger, target) == []


async def test_the_list_is_filtered_and_comes_page_by_page(till: Till) -> None:
    await act_often(till, 3)
    till.shop.advance(60)
    said(await till.call("POST", "/categories", {"name": "Pies", "position": 1}), 201)
    async with till.shop.till("admin") as admin:
        first = said(await admin.call("GET", "/audit?limit=2"), 200)
        second = said(await admin.call("GET", f"/audit?limit=2&after={first['next']}"), 200)
        (category,) = await entries(admin, "?action=category.added")
        mine = await entries(admin, f"?actor_id={till.shop.staff_id('manager')}")
        early = await entries(admin, "?to=2026-03-04T12:00:30Z")
        late = await entries(admin, "?from=2026-03-04T12:00:30Z")

    shown = [one["id"] for one in (*first["items"], *second["items"])]
    assert len(set(shown)) == 4
    assert second["next"] is None
    assert category["after"] == {"name": "Pies", "position": 1}
    assert mine == late == [category]
    assert {one["action"] for one in early} == {"shop.kept"}
    assert len(early) == 3


async def tie_all(till: Till) -> None:
    while await till.shop.rows("select from audit_waiting"):
        await chain_due(till.shop.ports())


async def test_x06_the_export_comes_in_batches_that_make_one_chain(till: Till) -> None:
    await act_often(till, BATCH_MAX + 1)
    await tie_all(till)
    async with till.shop.till("admin") as admin:
        whole = await admin.call("GET", "/audit/export")
        part = await admin.call("GET", f"/audit/export?limit={BATCH_MAX}&after=1")
        none = await admin.call("GET", f"/audit/export?after={BATCH_MAX + 1}")

    assert whole.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in whole.headers
    lines = whole.text.splitlines(keepends=True)
    assert [json.loads(line)["sequence"] for line in lines] == [*range(1, BATCH_MAX + 2)]
    assert part.text == "".join(lines[1:])
    assert (none.status_code, none.text) == (200, "")


async def test_x06_between_two_batches_of_the_export_nothing_is_held(till: Till) -> None:
    shop = till.shop
    await act_often(till, LINES_MAX + 1)
    await tie_all(till)
    await shop.sign_in("admin")
    (session,) = await shop.rows(
        "select id from sessions where staff_id = $1", shop.staff_id("admin")
    )
    caller = Caller(shop.merchant_id, SessionId(session["id"]), shop.staff_id("admin"))

    lines = await chain_lines(shop.ports(), caller, 0, 2 * LINES_MAX)
    first = await anext(lines)
    await act_often(till, 2)  # A transaction within another one would be refused.
    await tie_all(till)
    rest = [batch async for batch in lines]
    refused_later = await chain_lines(shop.ports(), caller, 0, 2 * LINES_MAX)
    await anext(refused_later)
    await shop.rows(
        "update sessions set revoked_at = now() where id = $1 returning id", caller.session_id
    )
    with pytest.raises(Unauthenticated):
        await anext(refused_later)

    assert first.count(b"\n") == LINES_MAX
    told = [json.loads(line)["sequence"] for line in b"".join([first, *rest]).splitlines()]
    assert told == [*range(1, LINES_MAX + 4)]
