"""Finish what requests left: lost answers, run-out leases, deadlines, releases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from fynlo.kernel.ids import MerchantId, TransactionId
from fynlo.payments import store
from fynlo.payments.advance import advance
from fynlo.platform.telemetry import log, new_request_id, set_request_id

if TYPE_CHECKING:
    from fynlo.payments.ports import PaymentPorts

BATCH_MAX: Final = 32
AT_ONCE_MAX: Final = 8
TAKEN: Final = timedelta(seconds=30)
BACK_OFF: Final = timedelta(minutes=1)


async def resolve_due(ports: PaymentPorts) -> int:
    """Advance every transaction that is due, some at a time; return how many were.

    Any number of processes may do this: each takes what it can get, and the leases decide who
    calls. What a process took and did not finish, because it died, is due again soon.
    """
    async with ports.db.system() as connection:
        rows = await connection.fetch(
            """
            select merchant_id, id from transactions
            where due_at <= $1 order by due_at limit $2
            """,
            *(ports.clock.now(), BATCH_MAX),
        )
    slots = asyncio.Semaphore(AT_ONCE_MAX)

    async def one(merchant_id: MerchantId, transaction_id: TransactionId) -> None:
        async with slots:
            set_request_id(new_request_id())  # What it keeps for a till must be found in the log.
            now = ports.clock.now()
            async with ports.db.transaction(merchant_id) as tx:
                mine = await store.take_due(tx, transaction_id, now, now + TAKEN)
            if mine:
                await advance(ports, merchant_id, transaction_id)

    results = await asyncio.gather(
        *(one(MerchantId(row["merchant_id"]), TransactionId(row["id"])) for row in rows),
        return_exceptions=True,
    )
    for row, result in zip(rows, results, strict=True):
        if isinstance(result, BaseException):
            log.error("transaction not advanced", transaction_id=str(row["id"]), exc_info=result)
            await _put_off(ports, MerchantId(row["merchant_id"]), TransactionId(row["id"]))
    return len(rows)


async def _put_off(
    ports: PaymentPorts, merchant_id: MerchantId, transaction_id: TransactionId
) -> None:
    """One that cannot be advanced must not keep the others waiting."""
    async with ports.db.transaction(merchant_id) as tx:
        store.put_off(tx, transaction_id, ports.clock.now() + BACK_OFF)
