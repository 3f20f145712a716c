"""An order's number counts within its location and business day, whatever the clocks there do."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from fynlo.staff import business_day
from tests.orders.menu import place, placed
from tests.support.shop import refused

if TYPE_CHECKING:
    from tests.support.shop import Shop, Till

HOUR = 3600


@pytest.mark.parametrize(
    ("utc", "zone", "cutoff", "day"),
    [
        ("2026-03-04 12:00:00", "Europe/London", "04:00", "2026-03-04"),
        ("2026-03-05 03:59:59", "Europe/London", "04:00", "2026-03-04"),
        ("2026-03-05 04:00:00", "Europe/London", "04:00", "2026-03-05"),
        # Clocks go forward on 29 March at 01:00 UTC, and back on 25 October at 01:00 UTC.
        ("2026-03-29 02:59:59", "Europe/London", "04:00", "2026-03-28"),
        ("2026-03-29 03:00:00", "Europe/London", "04:00", "2026-03-29"),
        ("2026-03-30 02:59:59", "Europe/London", "04:00", "2026-03-29"),
        ("2026-10-25 03:59:59", "Europe/London", "04:00", "2026-10-24"),
        ("2026-10-25 04:00:00", "Europe/London", "04:00", "2026-10-25"),
        # The seconds of a cut-off count.
        ("2026-03-05 06:30:14", "Europe/London", "06:30:15", "2026-03-04"),
        ("2026-03-05 06:30:15", "Europe/London", "06:30:15", "2026-03-05"),
        # A cut-off in the hour that comes twice ends the day at neither moment but the clock's.
        ("2026-10-25 00:29:59", "Europe/London", "01:30", "2026-10-24"),
        ("2026-10-25 00:30:00", "Europe/London", "01:30", "2026-10-25"),
        ("2026-03-08 07:59:59", "America/New_York", "04:00", "2026-03-07"),
        ("2026-03-08 08:00:00", "America/New_York", "04:00", "2026-03-08"),
        ("2026-03-04 18:59:59", "Asia/Tokyo", "04:00", "2026-03-04"),
        ("2026-03-04 19:00:00", "Asia/Tokyo", "04:00", "2026-03-05"),
        ("2026-03-04 12:00:00", "Pacific/Kiritimati", "00:00", "2026-03-05"),
        ("2026-12-31 23:59:59", "UTC", "00:00", "2026-12-31"),
        ("2027-01-01 03:59:59", "UTC", "04:00", "2026-12-31"),
        ("2026-03-04 22:14:59", "Asia/Kathmandu", "04:00", "2026-03-04"),
        ("2026-03-04 22:15:00", "Asia/Kathmandu", "04:00", "2026-03-05"),
    ],
)
def test_a_day_ends_at_its_cut_off_by_the_clock_on_the_wall(
    utc: str, zone: str, cutoff: str, day: str
) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    assert business_day(moment, zone, time.fromisoformat(cutoff)) == date.fromisoformat(day)


async def days_and_numbers(shop: Shop) -> list[tuple[str, int]]:
    rows = await shop.rows(
        "select business_day::text as day, number from orders order by created_at, number"
    )
    return [(row["day"], row["number"]) for row in rows]


async def test_numbers_start_anew_at_four_in_the_morning_of_the_shop(till: Till) -> None:
    for hours in (0, 15, 1):  # 12:00, then 03:00, then 04:00.
        till.shop.advance(hours * HOUR)
        async with till.shop.till() as later:
            await placed(later, "meal")
            await placed(later, "meal")

    assert await days_and_numbers(till.shop) == [
        ("2026-03-04", 1),
        ("2026-03-04", 2),
        ("2026-03-04", 3),
        ("2026-03-04", 4),
        ("2026-03-05", 1),
        ("2026-03-05", 2),
    ]


async def test_the_night_in_which_clocks_go_forward_is_one_business_day(till: Till) -> None:
    till.shop.advance((24 * 24 + 14.5) * HOUR)  # 29 March 02:30 UTC, where it is 03:30.
    async with till.shop.till() as late:
        await placed(late, "meal")
        till.shop.advance(HOUR / 2)
        await placed(late, "meal")

    assert await days_and_numbers(till.shop) == [("2026-03-28", 1), ("2026-03-29", 1)]


async def test_orders_at_the_same_moment_have_numbers_of_their_own(till: Till) -> None:
    orders = await asyncio.gather(*(placed(till, "meal") for _ in range(20)))

    assert sorted(order["number"] for order in orders) == list(range(1, 21))


async def second_location(shop: Shop, *, active: bool = True) -> tuple[UUID, UUID]:
    """Open another location, in Tokyo, with a register."""
    location_id, register_id, now = uuid4(), uuid4(), shop.wiring.clock.now()
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        tx.write(
            "insert into locations (merchant_id, id, name, country, currency, timezone, active,"
            " created_at) values ($1, $2, 'Branch', 'GB', 'GBP', 'Asia/Tokyo', $3, $4)",
            *(shop.merchant_id, location_id, active, now),
        )
        await tx.flush()
        tx.write(
            "insert into registers (merchant_id, id, location_id, name, created_at)"
            " values ($1, $2, $3, 'Branch till', $4)",
            *(shop.merchant_id, register_id, location_id, now),
        )
    return location_id, register_id


async def test_each_location_counts_its_own_orders_by_its_own_clock(till: Till) -> None:
    branch, register = await second_location(till.shop)
    till.shop.advance(8 * HOUR)  # 20:00 in London, 05:00 of the next day in Tokyo.

    async with till.shop.till("admin") as admin:
        here = await placed(admin, "meal", location_id=str(till.shop.location_id))
        there = await placed(admin, "meal", location_id=str(branch))
        by_register = await placed(admin, "meal", register_id=str(register))

    assert [one["number"] for one in (here, there, by_register)] == [1, 1, 2]
    assert by_register["location_id"] == there["location_id"] == str(branch)
    assert by_register["register_id"] == str(register)
    rows = await till.shop.rows(
        "select location_id, business_day::text as day from orders order by number, business_day"
    )
    assert [(row["location_id"], row["day"]) for row in rows] == [
        (till.shop.location_id, "2026-03-04"),
        (branch, "2026-03-05"),
        (branch, "2026-03-05"),
    ]


async def test_the_place_is_the_one_where_somebody_works_or_must_be_said(till: Till) -> None:
    branch, register = await second_location(till.shop)
    await till.shop.rows("update staff set location_ids = '{}' where role = 'admin' returning id")
    till_1 = str(till.shop.register_id(1))
    before = await till.shop.everything()

    async with till.shop.till("admin") as admin:
        problem = refused(await place(admin), 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == "/location_id"
        crossed = await place(admin, location_id=str(branch), register_id=till_1)
        problem = refused(crossed, 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == "/register_id"
    refused(await place(till, location_id=str(branch)), 403, "forbidden")
    refused(await place(till, register_id=str(register)), 403, "forbidden")
    assert await till.shop.everything() == before

    assert (await placed(till, "meal"))["location_id"] == str(till.shop.location_id)


async def test_a_place_that_is_not_in_use_takes_no_orders(till: Till) -> None:
    branch, register = await second_location(till.shop, active=False)
    await till.shop.rows("update registers set active = false where name = 'Till 2' returning id")
    before = await till.shop.everything()

    async with till.shop.till("admin") as admin:
        for body, pointer in (
            ({"location_id": str(branch)}, "/location_id"),
            ({"register_id": str(register)}, "/register_id"),
            ({"register_id": str(till.shop.register_id(2))}, "/register_id"),
        ):
            problem = refused(await place(admin, **body), 400, "invalid-request")
            assert problem["errors"][0]["pointer"] == pointer
    assert await till.shop.everything() == before
