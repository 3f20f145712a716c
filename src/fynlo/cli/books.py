"""How the books are shown on a terminal: what differs, and what every account comes to."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rich.table import Table

from fynlo.insight import Difference
from fynlo.kernel.money import Money, total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fynlo.kernel.ids import MerchantId
    from fynlo.kernel.money import Currency
    from fynlo.ledger import Balance


def differences_table(differences: Sequence[Difference]) -> Table:
    """List what does not follow from the journal."""
    names = [field.name for field in dataclasses.fields(Difference)]
    table = Table(*(name.replace("_", " ") for name in names))
    for difference in differences:
        table.add_row(*(str(getattr(difference, name)) for name in names))
    return table


def balance_tables(books: Mapping[MerchantId, Sequence[Balance]]) -> list[Table]:
    """Write a trial balance for each merchant and currency that has booked anything."""
    tables = []
    for merchant_id, balances in books.items():
        for unit in sorted({one.amount.currency for one in balances}, key=str):
            mine = [one for one in balances if one.amount.currency is unit]
            tables.append(_balance_table(merchant_id, unit, mine))
    return tables


def _balance_table(merchant_id: MerchantId, unit: Currency, balances: Sequence[Balance]) -> Table:
    title = f"Trial balance of {merchant_id} in {unit}"
    table = Table(title=title, show_footer=True, min_width=len(title) + 4)
    sides = {
        "debit": [one.amount for one in balances if one.amount.minor > 0],
        "credit": [-one.amount for one in balances if one.amount.minor < 0],
    }
    table.add_column("account", footer="together")
    for name, amounts in sides.items():
        table.add_column(name, footer=total(amounts, unit).decimal(), justify="right")
    for one in balances:
        shown = Money(abs(one.amount.minor), unit).decimal()
        table.add_row(one.account, *((shown, "") if one.amount.minor > 0 else ("", shown)))
    return table
