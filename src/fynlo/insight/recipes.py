"""What each recipe of the ledger is booked for, and between which accounts it moves money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.ledger.model import (
    CARD_CLEARING,
    CASH_OVER_SHORT,
    ORDER_DEPOSITS,
    OUTSIDE,
    SAFE,
    SALES,
    SURPLUS_HELD,
    TIPS_PAYABLE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

# Accounts of which there are many end with a colon here; what follows it names one of them.
CASH_DRAWER: Final = "cash_drawer:"
OTHER: Final = "other:"
TAX_PAYABLE: Final = "tax_payable:"


@dataclass(frozen=True, slots=True)
class Recipe:
    """The kind of its cause, and every pair of accounts (debit, credit) that it may post to."""

    cause: str
    accounts: frozenset[tuple[str, str]]


def _taken(cause: str, into: str) -> Recipe:
    return Recipe(cause, frozenset({(into, ORDER_DEPOSITS), (into, TIPS_PAYABLE)}))


def _moved(cause: str, debit: str, credit: str) -> Recipe:
    return Recipe(cause, frozenset({(debit, credit)}))


RECIPES: Final[Mapping[str, Recipe]] = {
    "cash taken": _taken("cash tender", CASH_DRAWER),
    "card taken": _taken("card tender", CARD_CLEARING),
    "other taken": _taken("manual tender", OTHER),
    "card returned": Recipe(
        "card tender",
        frozenset({(ORDER_DEPOSITS, CARD_CLEARING), (TIPS_PAYABLE, CARD_CLEARING)}),
    ),
    "surplus taken": _moved("card tender", CARD_CLEARING, SURPLUS_HELD),
    "surplus returned": _moved("card tender", SURPLUS_HELD, CARD_CLEARING),
    "order paid": Recipe(
        "order", frozenset({(ORDER_DEPOSITS, SALES), (ORDER_DEPOSITS, TAX_PAYABLE)})
    ),
    "drawer opened": _moved("drawer session", CASH_DRAWER, SAFE),
    "loan": _moved("drawers.move", CASH_DRAWER, SAFE),
    "paid_in": _moved("drawers.move", CASH_DRAWER, OUTSIDE),
    "paid_out": _moved("drawers.move", OUTSIDE, CASH_DRAWER),
    "drop": _moved("drawers.move", SAFE, CASH_DRAWER),
    "pickup": _moved("drawers.move", SAFE, CASH_DRAWER),
    "drawer counted": Recipe(
        "drawers.close",
        frozenset({(CASH_DRAWER, CASH_OVER_SHORT), (CASH_OVER_SHORT, CASH_DRAWER)}),
    ),
    "drawer emptied": _moved("drawers.close", SAFE, CASH_DRAWER),
}


def _values(*rows: tuple[str, ...]) -> str:
    """Write a table of words that are our own."""
    return "(values {})".format(", ".join(f"({', '.join(map(repr, row))})" for row in rows))


def _accounts() -> list[tuple[str, str, str]]:
    found = []
    for name, recipe in RECIPES.items():
        found += [(name, debit, credit) for debit, credit in sorted(recipe.accounts)]
    return found


ACCOUNTS_SQL: Final = _values(*_accounts())
"""Rows `(recipe, debit, credit)`."""

CAUSES_SQL: Final = _values(*((name, recipe.cause) for name, recipe in RECIPES.items()))
"""Rows `(recipe, cause)`."""
