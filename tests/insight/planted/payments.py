"""What was changed of transactions and what belongs to them, and what must be found of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.insight.planted.names import (
    AMOUNTS,
    ANSWERED,
    ASKS,
    CAPTURED,
    COMMANDS,
    DEPOSITS,
    DUE,
    FOR_ORDER,
    PAID_SUM,
    PERSON,
    RESERVES,
    STANDS,
)
from tests.insight.planted.write import at

if TYPE_CHECKING:
    from tests.insight.planted.write import Planted


PLANTED: Planted = [
    (
        at("transactions", "waiting_tx", "reserved_minor = 999"),
        [(RESERVES, "transaction {waiting_tx}", "1000", "999")],
    ),
    (
        at("transactions", "paid_tx", "reserved_minor = 1"),
        [(RESERVES, "transaction {paid_tx}", "0", "1")],
    ),
    (
        at("transactions", "declined_tx", "amount_minor = 1001"),
        [(AMOUNTS, "transaction {declined_tx}", "1000 + 0", "1001 + 0")],
    ),
    (
        at("tenders", "waiting_cash", "tip_minor = 1"),
        [(AMOUNTS, "transaction {waiting_tx}", "1000 + 1", "1000 + 0")],
    ),
    (
        "delete from tenders where id = '{declined_card}'",
        [(AMOUNTS, "transaction {declined_tx}", "0 + 0", "1000 + 0")],
    ),
    (
        at("tenders", "declined_card", "order_id = '{paid}'"),
        [(FOR_ORDER, "tender {declined_card}", "order {declined}", "order {paid}")],
    ),
    (
        at("operations", "charge", "amount_minor = 400"),
        [
            (
                *(ASKS, "operation {charge}"),
                *("450 in transaction {paid_tx}", "400 in transaction {paid_tx}"),
            )
        ],
    ),
    (
        at("operations", "charge", "transaction_id = '{part_tx}'"),
        [
            (
                *(ASKS, "operation {charge}"),
                *("450 in transaction {paid_tx}", "450 in transaction {part_tx}"),
            )
        ],
    ),
    (
        at("tenders", "card", "state = 'authorized'"),
        [
            (PAID_SUM, "order {paid}", "600", "1000"),
            (DEPOSITS, "order {paid}", "-400", "0"),
            (CAPTURED, "tender {card}", "0 + 0", "400 + 50"),
            (STANDS, "tender {card}", "captured", "authorized"),
        ],
    ),
    (
        at("commands", "paid_tx", "state = 'running', status = null, answer = null"),
        [(COMMANDS, "transaction {paid_tx}", "finished", "running")],
    ),
    (
        at("commands", "waiting_tx", "state = 'finished', status = 200, answer = ''"),
        [(COMMANDS, "transaction {waiting_tx}", "running", "finished")],
    ),
    (
        "delete from commands where id = '{paid_tx}'",
        [(COMMANDS, "transaction {paid_tx}", "finished", "no command")],
    ),
    (
        at("commands", "paid_tx", "kind = 'transactions.cancel'"),
        [
            (
                *(ANSWERED, "transaction {paid_tx}"),
                *("transactions.process, 200", "transactions.cancel, 200"),
            )
        ],
    ),
    (
        at("commands", "waiting_tx", "kind = 'transactions.cancel'"),
        [
            (
                *(ANSWERED, "transaction {waiting_tx}"),
                *("transactions.process", "transactions.cancel"),
            )
        ],
    ),
    (
        at("commands", "declined_tx", "status = 200"),
        [
            (
                *(ANSWERED, "transaction {declined_tx}"),
                *("transactions.process, 402", "transactions.process, 200"),
            )
        ],
    ),
    (
        "delete from transactions where id = '{declined_tx}'",
        [(ANSWERED, "command {declined_tx}", "a transaction", "none")],
    ),
    (
        at("transactions", "waiting_tx", "due_at = null"),
        [(DUE, "transaction {waiting_tx}", "a due moment", "none")],
    ),
    (
        "update operations set state = 'sent' where transaction_id = '{paid_tx}'",
        [(DUE, "transaction {paid_tx}", "a due moment", "none")],
    ),
    (
        "update operations set state = 'lost' where transaction_id = '{paid_tx}'",
        [(DUE, "transaction {paid_tx}", "a due moment", "none")],
    ),
    (
        at("tenders", "declined_card", "state = 'captured'"),
        [
            (DUE, "transaction {declined_tx}", "a due moment", "none"),
            (DEPOSITS, "order {declined}", "1000", "0"),
            (CAPTURED, "tender {declined_card}", "1000 + 0", "0 + 0"),
        ],
    ),
    (
        at("tenders", "declined_card", "state = 'authorized'"),
        [(DUE, "transaction {declined_tx}", "a due moment", "none")],
    ),
    (
        (
            "update operations set state = 'declined'"
            " where tender_id = '{asked_card}' and kind = 'void'"
        ),
        [(DUE, "transaction {asked_tx}", "a due moment", "none")],
    ),
    (
        at("transactions", "waiting_tx", "needs_attention = true"),
        [(PERSON, "transaction {waiting_tx}", "open", "not in the queue")],
    ),
    (
        (
            "insert into exceptions"
            " (merchant_id, id, kind, transaction_id, detail, state, opened_at)"
            " select merchant_id, id, 'unresolved', id, '{{}}', 'open', started_at"
            " from transactions where id = '{paid_tx}'"
        ),
        [(PERSON, "transaction {paid_tx}", "not open", "open")],
    ),
    (
        at("commands", "paid_tx", "kind = 'exceptions.resolve'"),
        [
            (
                *(ANSWERED, "transaction {paid_tx}"),
                *("transactions.process, 200", "exceptions.resolve, 200"),
            )
        ],
    ),
]
