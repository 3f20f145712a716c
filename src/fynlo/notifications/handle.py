"""Handle what the inbox holds: each notification until it is done, or a person must see it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from fynlo import payments
from fynlo.kernel.ids import MerchantId
from fynlo.notifications import store
from fynlo.notifications.model import ATTEMPTS_MAX, KIND, LEASE, is_done, next_try
from fynlo.platform.telemetry import log, new_request_id, set_request_id

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.notifications.model import Notification
    from fynlo.notifications.ports import Handlers
    from fynlo.payments.model.notice import Handled, Notice
    from fynlo.payments.ports import PaymentPorts

BATCH_MAX: Final = 100
AT_ONCE_MAX: Final = 8


async def handle_due(ports: PaymentPorts, handlers: Handlers) -> int:
    """Handle every notification that is due, some at a time; return how many were.

    Any number of processes may do this. A crash leaves one to whoever comes after its lease, and
    handling it again is harmless.
    """
    async with ports.db.system() as connection:
        rows = await connection.fetch(
            "select merchant_id, id from notifications where due_at <= $1 order by due_at limit $2",
            *(ports.clock.now(), BATCH_MAX),
        )
    slots = asyncio.Semaphore(AT_ONCE_MAX)

    async def one(merchant_id: MerchantId, id_: UUID) -> None:
        async with slots:
            set_request_id(new_request_id())
            await _handle(ports, handlers, merchant_id, id_)

    found = await asyncio.gather(
        *(one(MerchantId(row["merchant_id"]), row["id"]) for row in rows), return_exceptions=True
    )
    for error in found:
        if isinstance(error, BaseException):  # Nothing was recorded of it: its lease runs out.
            log.error("notification not handled", exc_info=error)
    return len(rows)


async def _handle(
    ports: PaymentPorts, handlers: Handlers, merchant_id: MerchantId, id_: UUID
) -> None:
    now = ports.clock.now()
    async with ports.db.transaction(merchant_id) as tx:
        taken = await store.take(tx, id_, now, now + LEASE)
    if taken is None:
        return
    notice = taken.notice
    if taken.was_left and taken.attempts > ATTEMPTS_MAX:  # Whoever took it up died of it.
        await _record(ports, merchant_id, taken, None, "nobody survived it")
        return
    handle = handlers.get(notice.type, _nobody)
    (found,) = await asyncio.gather(handle(ports, merchant_id, notice), return_exceptions=True)
    if isinstance(found, Exception):  # One that cannot be handled must not stop the others.
        log.error("notification failed", event_id=notice.event_id, exc_info=found)
        await _record(ports, merchant_id, taken, None, type(found).__name__)
    elif isinstance(found, BaseException):
        raise found
    else:
        await _record(ports, merchant_id, taken, found, found.verdict)


async def _nobody(_ports: PaymentPorts, _merchant_id: MerchantId, notice: Notice) -> Handled:
    """Fail for what an earlier release of ours kept, and this one does not know."""
    message = f"Nobody handles {notice.type}."
    raise LookupError(message)


async def _record(
    ports: PaymentPorts,
    merchant_id: MerchantId,
    taken: Notification,
    handled: Handled | None,
    result: str,
) -> None:
    now = ports.clock.now()
    async with ports.db.transaction(merchant_id) as tx:
        if handled is not None and is_done(handled.verdict):
            store.finish(tx, taken, handled, now)
            payments.close_exception(tx, KIND, taken.notice.event_id, now)
            return
        due_at = next_try(taken.attempts, handled.verdict if handled else None, now)
        is_ours = await store.put_off(tx, taken, result, due_at, handled)
        if is_ours and due_at is None:
            notice = taken.notice
            detail: dict[str, object] = {
                "event_id": notice.event_id,
                "type": notice.type,
                "reference": notice.reference,
                "result": result,
            }
            payments.open_exception(tx, KIND, notice.event_id, detail, now)
