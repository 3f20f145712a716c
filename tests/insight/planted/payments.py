"""What was changed of transactions and what belongs to them, and what must be found of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.insight.planted.names import (
    AMOUNTS,
    CAPTURED,
    COMMANDS,
    DEPOSITS,
    DUE,
    PAID_SUM,
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
        at("tenders", "declined_card", "tip_minor = 1"),
        [(AMOUNTS, "transaction {declined_tx}", "1000 + 1", "1000 + 0")],
    ),
    (
        at("tenders", "card", "state = 'authorized'"),
        [
            (PAID_SUM, "order {paid}", "600", "1000"),
            (DEPOSITS, "order {paid}", "-400", "0"),
            (CAPTURED, "tender {card}", "0", "450"),
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
]
