"""The repository keeps its own house rules; `tests/house` proves that each rule bites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.house import conduct, imports, schema, shape, statements
from tests.house.source import Source, complaints, tracked

if TYPE_CHECKING:
    from tests.house.source import Rule

pytestmark = pytest.mark.no_cover  # They read the product, and run nothing of it.

EVERYWHERE: Final = (
    shape.modules_are_short,
    shape.functions_are_short,
    shape.lines_are_short,
    shape.parameters_are_few,
    shape.modules_say_what_they_are,
    shape.names_are_not_vague,
    shape.comprehensions_have_one_loop,
    conduct.comments_are_finished,
    conduct.nothing_is_mocked,
)
IN_THE_PRODUCT: Final = (
    conduct.calls_have_no_better_way,
    conduct.excepts_are_narrow,
    conduct.money_is_whole,
    imports.stores_are_private,
    imports.decisions_are_pure,
    imports.the_sandbox_stands_alone,
    imports.engines_start_in_one_place,
    imports.only_stores_write,
    statements.sql_has_no_values,
)
IN_TESTS: Final = (shape.tests_are_sentences, conduct.tests_do_not_sleep)
IN_MIGRATIONS: Final = (
    schema.minor_units_are_bigint,
    schema.times_have_a_zone,
    schema.there_are_no_triggers,
    schema.the_merchant_leads,
)


@pytest.fixture(scope="module")
def python() -> list[Source]:
    return tracked(".py")


def must_hold(rule: Rule, sources: list[Source]) -> None:
    found = complaints(rule, sources)

    assert sources
    assert not found, "\n".join(["", *found])


def _named(rule: Rule) -> str:
    return rule.__name__


@pytest.mark.parametrize("rule", EVERYWHERE, ids=_named)
def test_all_python_follows_the_rule(rule: Rule, python: list[Source]) -> None:
    must_hold(rule, python)


@pytest.mark.parametrize("rule", IN_THE_PRODUCT, ids=_named)
def test_the_product_follows_the_rule(rule: Rule, python: list[Source]) -> None:
    product = [source for source in python if source.is_within("src")]
    must_hold(rule, product)


@pytest.mark.parametrize("rule", IN_TESTS, ids=_named)
def test_the_tests_follow_the_rule(rule: Rule, python: list[Source]) -> None:
    tests = [source for source in python if source.is_within("tests")]
    must_hold(rule, tests)


@pytest.mark.parametrize("rule", IN_MIGRATIONS, ids=_named)
def test_the_migrations_follow_the_rule(rule: Rule) -> None:
    must_hold(rule, tracked(".sql"))


def test_no_module_of_the_product_is_dead(python: list[Source]) -> None:
    product = [source for source in python if source.is_within("src")]

    found = imports.dead_modules(product)
    assert not found, "\n".join(["", *found])
