"""What was changed of the journal, and what must be found of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.insight.planted.names import ACCOUNT, CAPTURED, CLOSED, CURRENCY, DEPOSITS, RATES, SOLD
from tests.insight.planted.write import at, book, booked, moved

if TYPE_CHECKING:
    from tests.insight.planted.write import Planted


PLANTED: Planted = [
    (
        booked("cause_id = '{paid}' and line = 1", "amount_minor = 832"),
        [(SOLD, "order {paid}", "1000", "999"), (DEPOSITS, "order {paid}", "0", "1")],
    ),
    (
        book("safe", "sales", 1, cause="{unpaid}", recipe="order paid"),
        [(SOLD, "order {unpaid}", "0", "1")],
    ),
    (
        booked("cause_id = '{paid}' and line = 2", "credit_account = 'sales'"),
        [(RATES, "order {paid}, rate {rate}", "167", "0")],
    ),
    (
        booked("cause_id = '{paid}' and line = 1", "credit_account = 'tax_payable:{nobody}'"),
        [(RATES, "order {paid}, rate {nobody}", "0", "833")],
    ),
    (
        book("card_clearing", "order_deposits", 5, order="'{part}'"),
        [(DEPOSITS, "order {part}", "300", "305")],
    ),
    (
        "delete from ledger_postings where cause_id = '{card}' and line = 2",
        [(CAPTURED, "tender {card}", "450", "400")],
    ),
    (
        book("card_clearing", "tips_payable", 7, cause="{declined_card}", recipe="card taken"),
        [(CAPTURED, "tender {declined_card}", "0", "7")],
    ),
    (
        book("cash_drawer:{drawer}", "safe", 1),
        [(ACCOUNT, "drawer session {drawer}", "11300", "11301")],
    ),
    (
        book("safe", "cash_drawer:{first_shift}", 1),
        [(ACCOUNT, "drawer session {first_shift}", "0", "-1")],
    ),
    (
        (
            "insert into ledger_snapshots (merchant_id, account, currency, day, debit_minor,"
            " credit_minor) values ('{merchant}', 'sales', 'GBP', '2026-03-03', 0, 5)"
        ),
        [(CLOSED, "account sales on 2026-03-03", "0", "-5")],
    ),
    (
        at("transactions", "declined_tx", "currency = 'USD'"),
        [(CURRENCY, "transaction {declined_tx}", "GBP", "USD")],
    ),
    (
        at("tenders", "declined_card", "currency = 'USD'"),
        [(CURRENCY, "tender {declined_card}", "GBP", "USD")],
    ),
    (
        moved(2, "currency = 'USD'"),
        [(CURRENCY, "movement 2 of drawer session {drawer}", "GBP", "USD")],
    ),
    (
        booked("cause_id = '{card}' and line = 1", "currency = 'USD'"),
        [(CURRENCY, "posting 1 of card taken {card}", "GBP", "USD")],
    ),
    (
        booked("cause_id = '{drawer}'", "currency = 'USD'"),
        [(CURRENCY, "posting 1 of drawer opened {drawer}", "GBP", "USD")],
    ),
    (
        booked("cause_id = '{closing}' and recipe = 'drawer emptied'", "currency = 'USD'"),
        [(CURRENCY, "posting 1 of drawer emptied {closing}", "GBP", "USD")],
    ),
]
