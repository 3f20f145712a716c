"""How the books are shown: what differs, and a trial balance that comes to zero."""

from __future__ import annotations

import io
from uuid import UUID

from rich.console import Console

from fynlo.cli.books import balance_tables, differences_table
from fynlo.insight import Difference
from fynlo.kernel.ids import MerchantId
from fynlo.kernel.money import Money, currency
from fynlo.ledger import Account, Balance

SHOP = MerchantId(UUID(int=7))
QUIET = MerchantId(UUID(int=8))


def shown(*tables: object) -> str:
    output = io.StringIO()
    console = Console(file=output, width=200)
    for table in tables:
        console.print(table)
    return output.getvalue()


def words(text: str, start: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.strip("│┃ ").startswith(start))
    return line.replace("│", " ").split()


def test_a_trial_balance_shows_each_account_on_its_side_and_both_sums() -> None:
    balances = [
        Balance(Account("card_clearing"), Money(1200, currency("GBP"))),
        Balance(Account("sales"), Money(-1000, currency("GBP"))),
        Balance(Account("tax_payable"), Money(-200, currency("GBP"))),
        Balance(Account("card_clearing"), Money(500, currency("JPY"))),
        Balance(Account("order_deposits"), Money(-500, currency("JPY"))),
    ]

    pounds, yen = balance_tables({SHOP: balances, QUIET: []})
    text = shown(pounds)

    assert f"Trial balance of {SHOP} in GBP" in text
    assert words(text, "card_clearing") == ["card_clearing", "12.00"]
    assert words(text, "tax_payable") == ["tax_payable", "2.00"]
    assert words(text, "together") == ["together", "12.00", "12.00"]
    assert words(shown(yen), "together") == ["together", "500", "500"]


def test_a_difference_is_shown_with_what_should_be_and_what_is() -> None:
    one = Difference(SHOP, "a check", "order 1", "300", "301")

    text = shown(differences_table([one]))

    assert words(text, str(SHOP)) == [str(SHOP), "a", "check", "order", "1", "300", "301"]
