"""What is on record of one order, in every feature's tables, as far as it is told."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec

from fynlo import orders
from fynlo.insight.model.evidence import EVIDENCE_MAX
from fynlo.insight.model.facts import Asked, Booked, Story, Told, Waiting
from fynlo.kernel.money import Money, currency
from fynlo.orders import queries as order_queries
from fynlo.payments import exception_of
from fynlo.payments.queries import of_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import OrderId
    from fynlo.orders.model import Order
    from fynlo.payments.model.transaction import Transaction
    from fynlo.platform.database import Row, Tx

# One more than is told shows that there is more. Each transaction is two pieces at least.
_LIMIT: Final = EVIDENCE_MAX + 1
_TRANSACTIONS: Final = EVIDENCE_MAX // 2 + 1


async def story(tx: Tx, order_id: OrderId, now: datetime) -> Story:
    """Read everything on record of an order; `NotFound` if there is none.

    `tx` is a snapshot, or the parts may not fit each other.
    """
    order = await orders.read(tx, order_id)
    found = await of_order(tx, order_id, _TRANSACTIONS)
    transactions = tuple(transaction for transaction, _ in found)
    told = await _told(tx, order_id, transactions)
    waiting = await _waiting(tx, order_id, told)
    history = await order_queries.history(tx, order_id, _LIMIT)
    asked = await _asked(tx, order_id, transactions, waiting)
    people = {
        *(change.by for change in history),
        *(one.by for one in asked),
        *(one.resolved_by for one in waiting),
        *(one.staff_id for one in transactions),
    }
    return Story(
        order=order,
        history=tuple(history),
        transactions=transactions,
        due={transaction.id: due_at for transaction, due_at in found if due_at is not None},
        asked=tuple(asked),
        told=tuple(told),
        booked=tuple(await _booked(tx, order_id, transactions)),
        waiting=tuple(waiting),
        names=await _names(tx, people),
        zone=await _zone(tx, order),
        now=now,
    )


async def _asked(
    tx: Tx, order_id: OrderId, transactions: Sequence[Transaction], waiting: Sequence[Waiting]
) -> list[Asked]:
    ids = [one.id for one in transactions]
    targets = [order_id, *ids, *(one.id for one in waiting)]
    rows = await tx.fetch(
        """
        select * from (
          select id, kind, target_id, actor, status, created_at from commands
          where merchant_id = $1 and id = any($2::uuid[])
          union
          select id, kind, target_id, actor, status, created_at from commands
          where merchant_id = $1 and target_id is not null and target_id = any($3::uuid[])
        ) c
        order by created_at desc, id desc limit $4
        """,
        *(tx.merchant_id, ids, targets, _LIMIT),
    )
    return [
        Asked(
            id=row["id"],
            kind=row["kind"],
            target_id=row["target_id"],
            by=row["actor"],
            status=row["status"],
            at=row["created_at"],
        )
        for row in reversed(rows)
    ]


async def _told(tx: Tx, order_id: OrderId, transactions: Sequence[Transaction]) -> list[Told]:
    """Read what was told of the order; what is not handled yet is found by what it names."""
    tenders = chain.from_iterable(one.tenders for one in transactions)
    references = [one.provider_reference for one in tenders if one.provider_reference is not None]
    operations = [one.id for one in chain.from_iterable(each.operations for each in transactions)]
    rows = await tx.fetch(
        """
        select * from (
          select * from notifications where merchant_id = $1 and order_id = $2
          union
          select * from notifications
          where merchant_id = $1 and due_at is not null
            and (reference = any($3::text[]) or operation_id = any($4::uuid[]))
          union
          select * from notifications
          where merchant_id = $1 and state = 'failed' and reference = any($3::text[])
        ) n
        order by received_at desc, id desc limit $5
        """,
        *(tx.merchant_id, order_id, references, operations, _LIMIT),
    )
    return [_notification(row) for row in reversed(rows)]


def _notification(row: Row) -> Told:
    minor, unit = row["amount_minor"], row["currency"]
    return Told(
        event_id=row["event_id"],
        type=row["type"],
        object_id=row["object_id"],
        reference=row["reference"],
        amount=None if minor is None or unit is None else Money(minor, currency(unit)),
        at=row["received_at"],
        state=row["state"],
        attempts=row["attempts"],
        due_at=row["due_at"],
        result=row["result"],
        transaction_id=row["transaction_id"],
    )


_postings: Final = msgspec.json.Decoder(list[tuple[str, str, int]])


async def _booked(tx: Tx, order_id: OrderId, transactions: Sequence[Transaction]) -> list[Booked]:
    """Read what the order and its payments caused: the journal is found by its causes."""
    tenders = chain.from_iterable(one.tenders for one in transactions)
    causes = [order_id, *(one.id for one in tenders)]
    rows = await tx.fetch(
        """
        select cause_id, recipe, booked_at,
          json_agg(json_build_array(debit_account, credit_account, amount_minor)
            order by line)::text as postings
        from ledger_postings
        where merchant_id = $1 and cause_id = any($2::uuid[])
        group by cause_id, recipe, booked_at
        order by booked_at desc, cause_id, recipe limit $3
        """,
        *(tx.merchant_id, causes, _LIMIT),
    )
    return [
        Booked(
            cause_id=row["cause_id"],
            recipe=row["recipe"],
            at=row["booked_at"],
            postings=tuple(_postings.decode(row["postings"])),
        )
        for row in reversed(rows)
    ]


_detail: Final = msgspec.json.Decoder(dict[str, object])


async def _waiting(tx: Tx, order_id: OrderId, told: Sequence[Told]) -> list[Waiting]:
    """Read the latest exceptions of an order and its dead letters; open ones are among them."""
    letters = [exception_of(tx, "notification_failed", one.event_id) for one in told]
    rows = await tx.fetch(
        """
        select * from (
          select * from exceptions where merchant_id = $1 and order_id = $2
          union all
          select * from exceptions
          where merchant_id = $1 and order_id is distinct from $2 and id = any($4::uuid[])
        ) e
        order by state = 'resolved', opened_at desc, id desc limit $3
        """,
        *(tx.merchant_id, order_id, _LIMIT, letters),
    )
    found = [
        Waiting(
            id=row["id"],
            kind=row["kind"],
            transaction_id=row["transaction_id"],
            tender_id=row["tender_id"],
            detail=_detail.decode(row["detail"]),
            opened_at=row["opened_at"],
            resolved_at=row["resolved_at"],
            resolved_by=row["resolved_by"],
            action=row["action"],
            note=row["note"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.opened_at, one.id))


async def _names(tx: Tx, people: Iterable[UUID | None]) -> dict[UUID, str]:
    known = [one for one in people if one is not None]
    rows = await tx.fetch(
        """
        select id, name from staff where merchant_id = $1 and id = any($2::uuid[])
        union all
        select id, name from api_keys where merchant_id = $1 and id = any($2::uuid[])
        """,
        *(tx.merchant_id, known),
    )
    return {row["id"]: row["name"] for row in rows}


async def _zone(tx: Tx, order: Order) -> ZoneInfo:
    name = await tx.fetchval(
        "select timezone from locations where merchant_id = $1 and id = $2",
        *(tx.merchant_id, order.location_id),
    )
    return ZoneInfo(name)
