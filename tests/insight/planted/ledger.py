"""What was changed of the journal, and what must be found of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.insight.planted.names import (
    ACCOUNTS,
    CAPTURED,
    CAUSE,
    CLOSED,
    CURRENCY,
    DEPOSITS,
    DUE,
    RATES,
    RETURNED,
    SOLD,
    SURPLUS,
)
from tests.insight.planted.write import at, book, booked, kept, moved

if TYPE_CHECKING:
    from tests.insight.planted.write import Planted


PLANTED: Planted = [
    (
        booked("cause_id = '{paid}' and line = 1", "amount_minor = 832"),
        [(SOLD, "order {paid}", "1000", "999"), (DEPOSITS, "order {paid}", "0", "1")],
    ),
    (
        book("safe", "sales", 1, cause="{unpaid}", recipe="order paid"),
        [
            (SOLD, "order {unpaid}", "0", "1"),
            (
                *(ACCOUNTS, "posting 9 of order paid {unpaid}"),
                "order_deposits and sales, or order_deposits and tax_payable:",
                "safe and sales",
            ),
            (
                *(CAUSE, "posting 9 of order paid {unpaid}"),
                *("order, order {unpaid}, order_deposits", "order, safe and sales"),
            ),
        ],
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
        book("card_clearing", "order_deposits", 5, recipe="card taken", order="'{part}'"),
        [
            (DEPOSITS, "order {part}", "300", "305"),
            (CAUSE, "posting 9 of card taken {nobody}", "card tender", "no such cause"),
        ],
    ),
    (
        "delete from ledger_postings where cause_id = '{card}' and line = 2",
        [(CAPTURED, "tender {card}", "400 + 50", "400 + 0")],
    ),
    (
        book(
            *("card_clearing", "tips_payable", 7),
            cause="{declined_card}",
            recipe="card taken",
            order="'{declined}'",
        ),
        [(CAPTURED, "tender {declined_card}", "0 + 0", "0 + 7")],
    ),
    (
        booked("cause_id = '{card}' and line = 2", "credit_account = 'order_deposits'"),
        [
            (DEPOSITS, "order {paid}", "0", "50"),
            (CAPTURED, "tender {card}", "400 + 50", "450 + 0"),
        ],
    ),
    (
        (
            "delete from ledger_postings where cause_id = '{returned_card}'"
            " and recipe = 'card returned' and line = 2"
        ),
        [(RETURNED, "tender {returned_card}", "400 + 30", "400 + 0")],
    ),
    (
        booked(
            "cause_id = '{returned_card}' and recipe = 'card returned' and line = 1",
            "amount_minor = 401",
        ),
        [
            (DEPOSITS, "order {returned}", "0", "-1"),
            (RETURNED, "tender {returned_card}", "400 + 30", "401 + 30"),
        ],
    ),
    (
        book(
            *("tips_payable", "card_clearing", 50),
            cause="{card}",
            recipe="card returned",
            order="'{paid}'",
        ),
        [(RETURNED, "tender {card}", "0 + 0", "0 + 50")],
    ),
    (
        at("tenders", "returned_card", "state = 'captured'"),
        [
            (DUE, "transaction {returned_tx}", "a due moment", "none"),
            (DEPOSITS, "order {returned}", "400", "0"),
            (RETURNED, "tender {returned_card}", "0 + 0", "400 + 30"),
        ],
    ),
    (
        book(
            *("card_clearing", "surplus_held", 450),
            cause="{card}",
            recipe="surplus taken",
            order="'{paid}'",
        ),
        [
            (DEPOSITS, "order {paid}", "-400", "0"),
            (SURPLUS, "tender {card}", "0 and 0", "450 and 0, and elsewhere 450"),
        ],
    ),
    (
        book(
            *("card_clearing", "surplus_held", 5),
            cause="{declined_card}",
            recipe="surplus taken",
            order="'{declined}'",
        ),
        [(SURPLUS, "tender {declined_card}", "0 and 0", "5 and 0, and elsewhere 0")],
    ),
    (
        book(
            *("surplus_held", "card_clearing", 430),
            cause="{returned_card}",
            recipe="surplus returned",
            order="'{returned}'",
        ),
        [
            (
                *(SURPLUS, "tender {returned_card}"),
                *("430 and 430", "0 and 430, and elsewhere 860"),
            )
        ],
    ),
    (
        book("card_clearing", "sales", 5),
        [
            (
                *(ACCOUNTS, "posting 9 of planted {nobody}"),
                *("a known recipe", "card_clearing and sales"),
            )
        ],
    ),
    (
        booked("cause_id = '{card}' and line = 2", "debit_account = ''"),
        [
            (
                *(ACCOUNTS, "posting 2 of card taken {card}"),
                "card_clearing and order_deposits, or card_clearing and tips_payable",
                " and tips_payable",
            ),
            (
                *(CAUSE, "posting 2 of card taken {card}"),
                "card tender, order {paid}, card_clearing",
                "card tender, order {paid},  and tips_payable",
            ),
        ],
    ),
    (
        booked("cause_id = '{drawer}'", "credit_account = 'safe:old'"),
        [
            (
                *(ACCOUNTS, "posting 1 of drawer opened {drawer}"),
                *("cash_drawer: and safe", "cash_drawer:{drawer} and safe:old"),
            )
        ],
    ),
    (
        book("card_clearing", "tips_payable", 7, recipe="card taken"),
        [(CAUSE, "posting 9 of card taken {nobody}", "card tender", "no such cause")],
    ),
    (
        book("order_deposits", "sales", 5, recipe="order paid"),
        [(CAUSE, "posting 9 of order paid {nobody}", "order", "no such cause")],
    ),
    (
        booked("cause_id = '{card}' and line = 2", "order_id = null"),
        [
            (
                *(CAUSE, "posting 2 of card taken {card}"),
                "card tender, order {paid}, card_clearing",
                "card tender, card_clearing and tips_payable",
            )
        ],
    ),
    (
        (
            "insert into ledger_snapshots (merchant_id, account, currency, day, debit_minor,"
            " credit_minor) values ('{merchant}', 'sales', 'GBP', '2026-03-03', 0, 5)"
        ),
        [(CLOSED, "account sales on 2026-03-03", "0", "-5")],
    ),
    (
        kept("safe", "first_day", "credit_minor = 2"),
        [(CLOSED, "account safe on {first_day}", "-1", "-2")],
    ),
    (
        kept("safe", "second_day", "credit_minor = 1"),
        [(CLOSED, "account safe on {second_day}", "-2", "-1")],
    ),
    (
        kept("safe", "first_day", "currency = 'USD'"),
        [
            (CLOSED, "account safe on {first_day}", "-1", "0"),
            (CLOSED, "account safe on {first_day}", "0", "-1"),
        ],
    ),
    (
        (
            "delete from ledger_snapshots where account = 'safe' and day = '{second_day}'"
            " and merchant_id = '{merchant}'"
        ),
        [(CLOSED, "account safe on {second_day}", "-2", "0")],
    ),
    (
        booked(
            "cause_id = '{closing}' and recipe = 'drawer counted'",
            "booked_at = booked_at + interval '1 day'",
        ),
        [
            (CLOSED, "account cash_drawer:{first_shift} on {first_day}", "1", "0"),
            (CLOSED, "account cash_over_short on {first_day}", "0", "1"),
        ],
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
        [
            (CLOSED, "account cash_drawer:{first_shift} on {first_day}", "99", "0"),
            (CLOSED, "account cash_drawer:{first_shift} on {first_day}", "-99", "0"),
            (CLOSED, "account safe on {first_day}", "-100", "-1"),
            (CLOSED, "account safe on {first_day}", "99", "0"),
            (CLOSED, "account safe on {second_day}", "-101", "-2"),
            (CURRENCY, "posting 1 of drawer emptied {closing}", "GBP", "USD"),
        ],
    ),
]
