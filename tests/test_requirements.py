"""Every promise and every known failure is held by tests that exist, or is said to be open."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.house.source import ROOT, tracked
from tests.requirements import HELD_BY, PLANNED
from tests.traps import PREVENTED_BY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.requirements import Tests

pytestmark = pytest.mark.no_cover  # They read the product, and run nothing of it.

_ROW: Final = re.compile(r"^\| ([A-Z]{1,2}[0-9]{2,3})(?: ★)? \| .*? \| (.*) \|$", re.MULTILINE)
ALL: Final = HELD_BY | PREVENTED_BY
_NAMED_AFTER: Final = re.compile(r"::test_([a-z]{1,2}[0-9]{2,3})_")
LEFT_OUT: Final = "left out: "


class Row(NamedTuple):
    id: str
    promise: str


def documented(name: str) -> list[Row]:
    """Read the ids, in their order, from one of the two documents."""
    text = (ROOT / "docs" / "reference" / f"{name}.md").read_text("utf-8")
    return [Row(*match.groups()) for match in _ROW.finditer(text)]


@cache
def existing_tests() -> set[str]:
    """Name every test function of the repository, as `tests/a/test_b.py::test_c`."""
    names = set()
    for source in tracked(".py"):
        if not source.is_within("tests") or not source.path.name.startswith("test_"):
            continue
        for node in source.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names.add(f"{source.path}::{node.name}")
    return names


def missing(held_by: dict[str, Tests], tests: Iterable[str]) -> list[str]:
    """List the patterns that name no test."""
    names = list(tests)
    lost = []
    for promise, patterns in held_by.items():
        if isinstance(patterns, str):
            continue
        for pattern in patterns:
            found = any(fnmatchcase(name, pattern) for name in names)
            lost.extend([] if found else [f"{promise}: {pattern}"])
    return lost


def unlisted(table: dict[str, Tests], tests: Iterable[str]) -> list[str]:
    """List the tests whose name begins with an id, yet that id's entry does not name them."""
    lost = []
    for name in tests:
        match = _NAMED_AFTER.search(name)
        promise = match[1].upper() if match else ""
        patterns = table.get(promise, ("*",))
        if isinstance(patterns, str) or not any(fnmatchcase(name, one) for one in patterns):
            lost.append(f"{promise}: {name}")
    return sorted(lost)


def test_the_tables_and_the_documents_name_the_same_ids_in_one_order() -> None:
    assert list(HELD_BY) == [row.id for row in documented("requirements")]
    assert list(PREVENTED_BY) == [row.id for row in documented("traps")]


def test_every_test_that_the_tables_name_exists() -> None:
    assert missing(ALL, existing_tests()) == []


def test_a_test_that_is_named_after_a_promise_is_listed_for_it() -> None:
    assert unlisted(ALL, existing_tests()) == []


def test_a_test_that_is_not_listed_is_found() -> None:
    held_by: dict[str, Tests] = {"S01": PLANNED, "S02": ("*::test_s02_*",)}
    tests = ["a.py::test_s01_pays", "a.py::test_s02_pays", "a.py::test_utf8_is_read"]

    assert unlisted(held_by, tests) == ["S01: a.py::test_s01_pays"]


def test_a_promise_is_held_by_tests_or_says_why_not() -> None:
    unclear = {
        promise: tests
        for promise, tests in ALL.items()
        if not tests or (isinstance(tests, str) and not tests.startswith((PLANNED, LEFT_OUT)))
    }

    assert unclear == {}


def test_what_the_documents_leave_out_is_left_out_with_a_reason() -> None:
    in_documents = {
        row.id for row in documented("requirements") if row.promise.startswith("**Left out for now")
    }
    in_table = {
        promise
        for promise, tests in ALL.items()
        if isinstance(tests, str) and tests.startswith(LEFT_OUT)
    }

    assert in_table == in_documents


@pytest.mark.parametrize(
    "pattern",
    [
        "tests/test_requirements.py::test_every_test_that_the_tables_name_was_renamed",
        "tests/payments/test_no_such_file.py::*",
        "test_every_test_that_the_tables_name_exists",
    ],
)
def test_a_pattern_that_names_no_test_is_found(pattern: str) -> None:
    assert missing({"S01": (pattern,)}, existing_tests()) == [f"S01: {pattern}"]


def test_a_pattern_may_name_many_tests() -> None:
    held_by: dict[str, Tests] = {"S01": ("tests/test_requirements.py::test_*",)}

    assert missing(held_by, existing_tests()) == []
