"""Classes of what ages: whole, apart from the record of money, and never kept for too short."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.migrations import __file__ as migrations
from fynlo.retention import store
from fynlo.retention.model import (
    AGING,
    AT_THE_DOOR,
    BY_NAME,
    DAYS_MAX,
    FOREVER,
    FORGETTABLE,
    PASSING,
    REMEMBERED,
    STANDING,
    Aging,
    RetentionTooShort,
    before,
    sweep_day,
)
from tests.house.source import Source, tracked
from tests.retention.kinds import kinds

if TYPE_CHECKING:
    from tests.support.shop import Shop


def test_x13_every_class_is_swept_and_keeps_for_its_minimum_by_itself() -> None:
    assert {one.name for one in AGING} == store.CLASSES == set(BY_NAME)
    assert [(one.name, one.days, one.days_min) for one in AGING] == [
        ("sessions", 30, 1),
        ("notifications", 30, 7),
        ("events", 30, 1),
        ("answers", 90, 7),
    ]
    assert all(0 < one.days_min <= one.days <= DAYS_MAX for one in AGING)


def test_tr112_nothing_of_the_record_of_money_is_in_a_class() -> None:
    aging = set(chain.from_iterable(one.tables for one in AGING if one.name != "answers"))

    assert not aging & set(FOREVER)
    assert not set(AT_THE_DOOR) & set(FOREVER)
    assert BY_NAME["answers"].tables == ("commands",)  # Their rows stay.
    assert not any(kind.startswith(("transactions.", "drawers.")) for kind in FORGETTABLE)


def test_the_kinds_of_the_model_are_those_of_the_statement_and_of_the_index() -> None:
    kinds = "kind in ({})".format(", ".join(f"'{kind}'" for kind in FORGETTABLE))
    sql = Path(migrations).parent / "versions" / "0018_answers.sql"

    assert kinds in " ".join(store._ANSWERED.split())
    assert f"where {kinds}" in " ".join(sql.read_text("utf-8").split())


async def test_x13_no_table_is_forgotten(shop: Shop) -> None:
    rows = await shop.rows(
        "select relname as name from pg_class where relnamespace = 'fynlo'::regnamespace"
        " and relkind in ('r', 'p')"
    )
    aging = chain.from_iterable(one.tables for one in AGING if one.name != "answers")
    groups = [*aging, *AT_THE_DOOR, *FOREVER, *STANDING, *PASSING]

    assert sorted(groups) == sorted(one["name"] for one in rows)


def test_x13_no_kind_of_command_is_forgotten() -> None:
    found = kinds(one for one in tracked(".py") if one.path.parts[0] == "src")

    assert sorted({*FORGETTABLE, *REMEMBERED}) == sorted(found)
    assert not set(FORGETTABLE) & set(REMEMBERED)
    assert all(REMEMBERED.values())


def test_a_kind_is_found_wherever_it_is_handed_on() -> None:
    text = """
THERE = "a.b"
def head(request, *, kind):
    return Command(1, kind, None)
def route(request):
    which = "c.d" if request else "e.f"
    head(request, kind=which)
    Command(kind=THERE)
"""
    assert kinds([Source(PurePosixPath("src/fynlo/a.py"), text)]) == {"a.b", "c.d", "e.f"}
    with pytest.raises(AssertionError, match="Say the kind"):
        kinds([Source(PurePosixPath("src/fynlo/a.py"), "Command(1, f'a.{b}', None)")])


@pytest.mark.parametrize("one", AGING, ids=lambda one: one.name)
def test_x13_less_than_the_minimum_is_refused(one: Aging) -> None:
    one.must_allow(one.days_min)
    one.must_allow(DAYS_MAX)
    for days in (one.days_min - 1, 0, -1):
        with pytest.raises(RetentionTooShort) as refusal:
            one.must_allow(days)
        assert refusal.value.facts == {"minimum": one.days_min}


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 3, 4, 1, 59, 59, 999_999, tzinfo=UTC), date(2026, 3, 3)),
        (datetime(2026, 3, 4, 2, tzinfo=UTC), date(2026, 3, 4)),
        (datetime(2026, 3, 5, 1, 59, tzinfo=UTC), date(2026, 3, 4)),
        (datetime(2026, 1, 1, tzinfo=UTC), date(2025, 12, 31)),
    ],
)
def test_a_day_of_sweeping_begins_at_two(now: datetime, day: date) -> None:
    assert sweep_day(now) == day


@given(st.integers(0, 10**9))
def test_every_day_has_one_sweep_and_none_is_left_out(seconds: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert sweep_day(now + timedelta(days=1)) == sweep_day(now) + timedelta(days=1)
    assert before(now, 30) == now - timedelta(days=30)
