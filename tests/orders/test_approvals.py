"""What somebody may not do alone, another person allows: from afar or standing there, once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.orders.edits import CHEAPER, TEN_PERCENT, add, change, patch, path, put, take_off
from tests.orders.menu import a_line, act, placed
from tests.staff.people import PIN, give_pin
from tests.support.crash import Crash
from tests.support.shop import ASKING, cash, refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.support.shop import Till


@asynccontextmanager
async def at_the_till(till: Till, who: str = "cashier") -> AsyncIterator[Till]:
    """Put a cashier there, while everybody who could help has a PIN."""
    await give_pin(till.shop, "manager", "admin", "cashier", "colleague", "kitchen")
    async with till.shop.till(who) as cashier:
        yield cashier


async def asked(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = refused(answer, 403, "approval-required")["approval"]
    return found


async def approve(
    till: Till, approval: dict[str, Any], *, pin: str = PIN, key: str | None = None
) -> httpx.Response:
    return await till.call("POST", f"/approvals/{approval['id']}/approve", {"pin": pin}, key=key)


def stands(till: Till, who: str = "manager", pin: str = PIN) -> dict[str, Any]:
    return {"staff_id": str(till.shop.staff_id(who)), "pin": pin}


async def trail(till: Till) -> list[str]:
    rows = await till.shop.rows(
        "select action from audit_waiting w join audit_entries e on e.id = w.entry_id"
        " order by position"
    )
    return [row["action"] for row in rows]


async def test_u22_a_manager_allows_from_afar_what_a_cashier_asks_for(till: Till) -> None:
    async with at_the_till(till) as cashier:
        order = await placed(cashier, "meal")
        (line,) = order["lines"]
        approval = await asked(await change(cashier, order, line, price_override=CHEAPER))
        again = await asked(await change(cashier, order, line, price_override=CHEAPER))

        assert again == approval
        assert approval["state"] == "pending"
        assert (approval["amount"], approval["currency"]) == (700, "GBP")
        assert approval["target"] == {"kind": "order", "id": order["id"]}
        assert approval["requested_by"] == str(till.shop.staff_id("cashier"))
        assert approval["details"]["prices"] == [
            {
                "line_id": line["id"],
                "name": "meal",
                "quantity": 1,
                "unit_price": 700,
                "reason": CHEAPER["reason"],
            }
        ]
        waiting = said(await till.call("GET", "/approvals?state=pending"), 200)["items"]
        assert waiting == [approval]

        allowed = said(await approve(till, approval), 200)["approval"]
        assert (allowed["state"], allowed["decided_by"]) == (
            "approved",
            str(till.shop.staff_id("manager")),
        )
        wish = {"price_override": CHEAPER, "approval_id": approval["id"]}
        sold = said(await change(cashier, order, line, **wish), 200)

    (line,) = sold["lines"]
    assert (line["unit_price"], sold["total"]) == (700, 700)
    (kept,) = await till.shop.rows("select overridden_by, override_reason from order_lines")
    assert kept == {
        "overridden_by": till.shop.staff_id("manager"),
        "override_reason": CHEAPER["reason"],
    }
    (used,) = said(await till.call("GET", "/approvals?state=used"), 200)["items"]
    assert (used["id"], used["in_place"]) == (approval["id"], False)
    acts = ["requested", "approved", "used"]
    assert await trail(till) == [*(f"approval.{act}" for act in acts), "order.price_given"]
    assert await told_of_approvals(till) == [
        ("approval.requested", "pending"),
        ("approval.decided", "approved"),
    ]


async def told_of_approvals(till: Till) -> list[tuple[str, str]]:
    rows = await till.shop.rows(
        "select type, payload->>'state' as state from outbox where type like 'approval%'"
        " order by position"
    )
    return [(row["type"], row["state"]) for row in rows]


async def test_u22_it_is_used_once_for_what_was_asked_by_who_asked(till: Till) -> None:
    async with at_the_till(till) as cashier, till.shop.till("colleague") as colleague:
        order = await placed(cashier, "meal", "meal")
        first, second = order["lines"]
        wish = {"price_override": CHEAPER}
        approval = await asked(await change(cashier, order, first, **wish))
        said(await approve(till, approval), 200)
        wish["approval_id"] = approval["id"]
        before = await till.shop.everything()
        for who, line, more in (
            (colleague, first, {}),
            (cashier, second, {}),
            (cashier, first, {"price_override": CHEAPER | {"unit_price": 699}}),
            (cashier, first, {"quantity": 2}),
            (cashier, first, {"approval_id": str(uuid4())}),
        ):
            refused(await change(who, order, line, **(wish | more)), 403, "approval-invalid")
        assert await till.shop.everything() == before

        answers = await asyncio.gather(*(change(cashier, order, first, **wish) for _ in range(4)))
        codes = sorted(answer.status_code for answer in answers)
        assert codes[0] == 200
        assert set(codes[1:]) <= {403, 409}
        plain = said(
            await change(cashier, order, await _line(till, order), price_override=None), 200
        )
        refused(await change(cashier, order, plain["lines"][0], **wish), 403, "approval-invalid")

    assert (await till.look(order))["total"] == 2000


async def _line(till: Till, order: dict[str, Any]) -> Any:
    return (await till.look(order))["lines"][0]


async def test_who_stands_there_allows_it_with_a_pin_that_is_kept_nowhere(till: Till) -> None:
    async with at_the_till(till) as cashier:
        order = await placed(cashier, "meal")
        key = str(uuid4())
        body = {
            "lines": [a_line(till, "coffee", price_override=CHEAPER | {"unit_price": 1})],
            "approval": {"email": till.shop.email("manager").upper(), "pin": PIN},
        }
        first, again = [
            await cashier.call("POST", f"{path(order)}/lines", body, key=key) for _ in range(2)
        ]
        other = await cashier.call(
            "POST", f"{path(order)}/lines", body | {"lines": [a_line(till, "penny")]}, key=key
        )

    assert said(first, 200)["total"] == 1001
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.content == first.content
    refused(other, 422, "idempotency-key-reused")
    (used,) = said(await till.call("GET", "/approvals"), 200)["items"]
    assert (used["state"], used["in_place"]) == ("used", True)
    assert used["decided_by"] == str(till.shop.staff_id("manager"))
    assert await trail(till) == ["approval.used", "order.price_given"]
    assert PIN not in repr(await till.shop.rows("select content from audit_entries"))
    assert PIN not in repr(await till.shop.rows("select details from approvals"))
    assert PIN not in repr(await till.shop.rows("select payload from outbox"))


@pytest.mark.parametrize(
    ("who", "pin", "status", "code"),
    [
        ("cashier", PIN, 403, "self-approval"),
        ("colleague", PIN, 403, "forbidden"),
        ("manager", "0000", 403, "approval-invalid"),
        ("nobody", PIN, 403, "approval-invalid"),
    ],
)
async def test_who_may_not_allow_it_changes_nothing(
    till: Till, who: str, pin: str, status: int, code: str
) -> None:
    async with at_the_till(till) as cashier:
        order = await placed(cashier, "meal")
        before = await till.shop.everything()
        wish = {"discount": TEN_PERCENT, "approval": stands(till, who, pin)}
        refused(await patch(cashier, order, **wish), status, code)
        assert await till.shop.everything() == before


async def test_what_says_too_little_or_too_much_of_who_stands_there_is_malformed(
    till: Till,
) -> None:
    async with at_the_till(till) as cashier:
        order = await placed(cashier, "meal")
        before = await till.shop.everything()
        for wrong in (
            {"approval": {"pin": PIN}},
            {"approval": {"email": "a@b.test", "staff_id": str(uuid4()), "pin": PIN}},
            {"approval": {"email": "a@b.test"}},
            {"approval": {"email": "a@b.test", "pin": PIN, "password": "a password"}},
            {"approval": stands(till), "approval_id": str(uuid4())},
        ):
            refused(
                await patch(cashier, order, discount=TEN_PERCENT, **wrong), 400, "invalid-request"
            )
        assert await till.shop.everything() == before


async def test_nobody_decides_their_own_nor_elsewhere_nor_another_merchants(till: Till) -> None:
    async with at_the_till(till) as cashier, till.shop.stranger("admin") as stranger:
        order = await placed(cashier, "meal")
        approval = await asked(await patch(cashier, order, discount=TEN_PERCENT))
        before = await till.shop.everything()
        refused(await approve(cashier, approval), 403, "self-approval")
        refused(await approve(till, approval, pin="0000"), 403, "approval-invalid")
        async with till.shop.till("colleague") as colleague, till.shop.till("kitchen") as cook:
            for somebody in (colleague, cook):
                refused(await approve(somebody, approval), 404, "not-found")
                mine = said(await somebody.call("GET", "/approvals"), 200)
                assert mine == {"items": [], "next": None}
        await give_pin(stranger.shop, "admin")
        refused(await approve(stranger, approval), 404, "not-found")
        refused(await stranger.call("GET", f"/approvals/{approval['id']}"), 404, "not-found")
        assert said(await stranger.call("GET", "/approvals"), 200)["items"] == []
        assert await till.shop.everything() == before
        await till.shop.rows(
            "update staff set location_ids = '{}' where role = 'manager' returning id"
        )
        refused(await approve(till, approval), 404, "not-found")
        async with till.shop.till("admin") as owner:
            assert said(await approve(owner, approval), 200)["approval"]["state"] == "approved"


async def test_who_left_or_was_demoted_meanwhile_allowed_nothing(till: Till) -> None:
    async with at_the_till(till) as cashier:
        order = await placed(cashier, "meal")
        approval = await asked(await patch(cashier, order, discount=TEN_PERCENT))
        said(await approve(till, approval), 200)
        wish = {"discount": TEN_PERCENT, "approval_id": approval["id"]}
        await till.shop.rows(
            "update staff set role = 'cashier' where role = 'manager' returning id"
        )
        refused(await patch(cashier, order, **wish), 403, "forbidden")
        await till.shop.rows(
            "update staff set role = 'manager', active = false where id = $1 returning id",
            till.shop.staff_id("manager"),
        )
        refused(await patch(cashier, order, **wish), 403, "approval-invalid")

    (row,) = await till.shop.rows("select state from approvals")
    assert row == {"state": "approved"}
    assert await till.shop.rows("select from order_discounts") == []


async def test_what_was_refused_or_took_too_long_holds_no_more(till: Till) -> None:
    async with at_the_till(till) as cashier:
        order = await placed(cashier, "meal")
        approval = await asked(await patch(cashier, order, discount=TEN_PERCENT))
        wish = {"discount": TEN_PERCENT, "approval_id": approval["id"]}
        still = await asked(await patch(cashier, order, **wish))
        assert still == approval
        reject = f"/approvals/{approval['id']}/reject"
        key, no = str(uuid4()), {"reason": "They had wine enough."}
        first, again = [await till.call("POST", reject, no, key=key) for _ in range(2)]
        assert said(first, 200)["approval"]["reason"] == no["reason"]
        assert again.content == first.content
        refused(await till.call("POST", reject, no), 409, "illegal-transition")
        refused(await patch(cashier, order, **wish), 403, "approval-invalid")

        till.shop.advance(1)
        late = await asked(await patch(cashier, order, discount=TEN_PERCENT))
        assert late["id"] != approval["id"]
        said(await approve(till, late), 200)
        till.shop.advance(600)
        wish["approval_id"] = late["id"]
        problem = refused(await patch(cashier, order, **wish), 403, "approval-invalid")
        assert problem["state"] == "expired"
        refused(await approve(till, late), 409, "illegal-transition")
        (found, _) = said(await till.call("GET", "/approvals"), 200)["items"]
        assert (found["id"], found["state"]) == (late["id"], "expired")
    assert (await till.look(order))["total"] == 1000


async def test_a_repeat_of_the_decision_is_answered_and_another_is_refused(till: Till) -> None:
    async with at_the_till(till) as cashier:
        order = await placed(cashier, "meal")
        approval = await asked(await patch(cashier, order, discount=TEN_PERCENT))
        key = str(uuid4())
        answers = await asyncio.gather(*(approve(till, approval, key=key) for _ in range(3)))
        assert {said(one, 200)["approval"]["state"] for one in answers} == {"approved"}
        async with till.shop.till("admin") as owner:
            refused(await approve(owner, approval, key=key), 422, "idempotency-key-reused")
            refused(await approve(owner, approval), 409, "illegal-transition")
    rows = await till.shop.rows("select from audit_entries where action = 'approval.approved'")
    assert len(rows) == 1


@pytest.mark.parametrize("commit", [1, 2])
async def test_a_crash_while_it_is_used_uses_it_not_at_all_or_with_all_that_follows(
    till: Till, commit: int
) -> None:
    async with at_the_till(till) as cashier:
        order = await placed(cashier, "meal")
        approval = await asked(await patch(cashier, order, discount=TEN_PERCENT))
        said(await approve(till, approval), 200)
        wish = {"discount": TEN_PERCENT, "approval_id": approval["id"]}
        async with till.shop.crashing_at_commit(commit):
            try:
                answer = await patch(cashier, order, **wish)
            except Crash:
                answer = None
        (row,) = await till.shop.rows("select state from approvals")
        given = await till.shop.rows("select given_by from order_discounts")
        if commit == 1:
            assert answer is None or answer.status_code == 500
            assert (row["state"], given) == ("approved", [])
            said(await patch(cashier, order, **wish), 200)
        else:
            assert answer is not None
            said(answer, 200)
            assert row["state"] == "used"
    (kept,) = await till.shop.rows("select given_by from order_discounts")
    assert kept == {"given_by": till.shop.staff_id("manager")}


async def test_what_the_kitchen_has_is_taken_off_by_a_manager_or_with_one(till: Till) -> None:
    async with at_the_till(till) as cashier:
        order = await placed(cashier, "meal", "coffee")
        meal, coffee = order["lines"]
        said(await act(cashier, order, "validate"), 200)
        fewer = said(await take_off(cashier, order, coffee), 200)
        assert [line["name"] for line in fewer["lines"]] == ["meal"]
        said(await act(cashier, order, "send"), 200)
        said(await add(cashier, order, a_line(till, "coffee")), 200)

        before = await till.shop.everything(but=ASKING)
        now = await till.look(order)
        wine = [a_line(till, "coffee", 9)]
        for answer in (
            await take_off(cashier, order, meal),
            await change(cashier, order, meal, quantity="0.5"),
            await put(cashier, now, *wine),
        ):
            assert (await asked(answer))["permissions"] == ["orders.manage"]
        assert await till.shop.everything(but=ASKING) == before

        approval = await asked(await take_off(cashier, order, meal))
        meal_off = {"product_id": meal["product_id"], "name": "meal", "quantity": 1}
        assert approval["details"] == {
            "taken_off": [meal_off],
            "kitchen_state": "sent",
            "from_total": 1333,
        }
        said(await approve(till, approval), 200)
        gone = f"{path(order, meal)}?version=1&approval_id={approval['id']}"
        left = said(await cashier.call("DELETE", gone), 200)
    assert [line["name"] for line in left["lines"]] == ["coffee"]
    entries = await till.shop.rows(
        "select content::json->'after'->'taken_off'->0->>'name' as name,"
        " content::json->>'approved_by' as by"
        " from audit_entries e join audit_waiting w on w.entry_id = e.id"
        " where action = 'order.lines_taken_off' order by position"
    )
    manager = str(till.shop.staff_id("manager"))
    assert entries == [{"name": "coffee", "by": None}, {"name": "meal", "by": manager}]


async def test_what_was_paid_towards_is_not_stripped_by_a_cashier(till: Till) -> None:
    async with at_the_till(till) as cashier:
        await cashier.open_drawer()
        order = await cashier.order("meal", "meal", "coffee")
        said(await cashier.pay(order, cash(900)), 200)
        before = await till.shop.everything(but=ASKING)
        approval = await asked(await take_off(cashier, order, order["lines"][0]))
        assert await till.shop.everything(but=ASKING) == before
        assert approval["amount"] == 1333
    said(await take_off(till, order, order["lines"][0]), 200)
    assert (await till.look(order))["amount_due"] == 433
