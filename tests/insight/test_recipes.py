"""The table of causes and accounts says what the recipes book, and leaves none of them out."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, get_args, get_type_hints
from uuid import UUID

import pytest

from fynlo.drawers.model.session import DIRECTION
from fynlo.drawers.routes import MovementIn
from fynlo.insight.recipes import RECIPES
from fynlo.kernel.ids import CauseId, DrawerSessionId, TaxRateId
from fynlo.kernel.money import Money, currency
from fynlo.ledger import recipes

if TYPE_CHECKING:
    from fynlo.ledger import Entry

CAUSE = CauseId(UUID(int=1))
SESSION = DrawerSessionId(UUID(int=2))
ONE = Money(1, currency("GBP"))
BY_HAND = get_args(get_type_hints(MovementIn)["type"])

BOOKED = {
    "cash_taken": [recipes.cash_taken(CAUSE, SESSION, ONE, ONE)],
    "card_taken": [recipes.card_taken(CAUSE, ONE, ONE)],
    "other_taken": [recipes.other_taken(CAUSE, "voucher", ONE, ONE)],
    "card_returned": [recipes.card_returned(CAUSE, ONE, ONE)],
    "order_paid": [recipes.order_paid(CAUSE, ONE, {TaxRateId(UUID(int=3)): ONE})],
    "drawer_opened": [recipes.drawer_opened(CAUSE, SESSION, ONE)],
    "cash_put_in": [
        recipes.cash_put_in(CAUSE, SESSION, kind, ONE) for kind in BY_HAND if DIRECTION[kind] > 0
    ],
    "cash_taken_out": [
        recipes.cash_taken_out(CAUSE, SESSION, kind, ONE) for kind in BY_HAND if DIRECTION[kind] < 0
    ],
    "drawer_counted": [recipes.drawer_counted(CAUSE, SESSION, one) for one in (ONE, -ONE)],
    "drawer_emptied": [recipes.drawer_emptied(CAUSE, SESSION, ONE)],
    "surplus_taken": [recipes.surplus_taken(CAUSE, ONE)],
    "surplus_returned": [recipes.surplus_returned(CAUSE, ONE)],
}


def _sort(account: str) -> str:
    """Return an account up to its colon: without the name of the one that it is among many."""
    name, colon, _ = account.partition(":")
    return name + colon


def _accounts(entries: list[Entry]) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for entry in entries:
        assert entry.postings
        for one in entry.postings:
            found.setdefault(entry.recipe, set()).add((_sort(one.debit), _sort(one.credit)))
    return found


def test_no_recipe_is_left_out() -> None:
    functions = dict(inspect.getmembers(recipes, inspect.isfunction))
    mine = {n for n, one in functions.items() if one.__module__ == recipes.__name__}

    assert {name for name in mine if not name.startswith("_")} == set(BOOKED)
    assert set().union(*map(_accounts, BOOKED.values())) == set(RECIPES)


@pytest.mark.parametrize("function", BOOKED)
def test_a_recipe_books_between_the_accounts_of_its_row(function: str) -> None:
    for recipe, accounts in _accounts(BOOKED[function]).items():
        assert RECIPES[recipe].accounts == accounts
