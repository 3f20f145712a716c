"""A shop says for how long it keeps what ages, and the record of money is none of its business."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fynlo.retention.model import AGING
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from tests.support.shop import Shop

PATH = "/settings/retention"


async def test_x13_the_days_of_each_class_are_told_and_changed(shop: Shop) -> None:
    async with shop.till("admin") as admin:
        told = said(await admin.call("GET", PATH), 200)
        assert told == {
            "items": [
                {
                    "name": one.name,
                    "days": one.days,
                    "days_min": one.days_min,
                    "removed": one.removed,
                }
                for one in AGING
            ],
            "next": None,
        }

        wish = {"notifications": 7, "events": 400}
        changed = said(await admin.call("PATCH", PATH, wish), 200)
        again = said(await admin.call("PATCH", PATH, {"events": 401}), 200)

        days = {one["name"]: one["days"] for one in changed["items"]}
        assert days == {"sessions": 30, "notifications": 7, "events": 400, "answers": 90}
        assert {one["name"]: one["days"] for one in again["items"]} == {**days, "events": 401}
        assert said(await admin.call("GET", PATH), 200) == again
        async with shop.stranger("admin") as stranger:
            assert said(await stranger.call("GET", PATH), 200) == told


@pytest.mark.parametrize(
    ("wish", "minimum"),
    [
        ({"notifications": 6}, 7),
        ({"sessions": 5, "answers": 6}, 7),
        ({"answers": 1, "events": 1}, 7),
    ],
)
async def test_x13_less_than_must_be_kept_is_refused_and_nothing_changes(
    shop: Shop, wish: dict[str, int], minimum: int
) -> None:
    async with shop.till("admin") as admin:
        before = await shop.everything()

        problem = refused(await admin.call("PATCH", PATH, wish), 422, "retention-too-short")

        assert problem["minimum"] == minimum
        assert await shop.everything() == before


@pytest.mark.parametrize(
    "wish", [{"payments": 30}, {"ledger": 400}, {"events": 0}, {"events": 36_501}]
)
async def test_tr112_the_record_of_money_has_no_days_to_be_set(
    shop: Shop, wish: dict[str, int]
) -> None:
    async with shop.till("admin") as admin:
        before = await shop.everything()
        refused(await admin.call("PATCH", PATH, wish), 400, "invalid-request")
        assert await shop.everything() == before


async def test_only_who_makes_the_rules_changes_them(shop: Shop) -> None:
    before = await shop.everything()
    for who in ("kitchen", "cashier", "manager"):
        async with shop.till(who) as somebody:
            answer = await somebody.call("PATCH", PATH, {"events": 90})
            assert refused(answer, 403, "forbidden")["permission"] == "settings.manage"
            assert len(said(await somebody.call("GET", PATH), 200)["items"]) == len(AGING)
    assert await shop.everything() == before
