"""Take the chain of the audit trail out of the house, a batch at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from fynlo.insight import queries_audit
from fynlo.staff import Permission, admit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller

BATCH_MAX: Final = 500

_encoder: Final = msgspec.json.Encoder()


async def chain_lines(ports: Ports, caller: Caller, after: int, limit: int) -> AsyncIterator[bytes]:
    """Return the lines from the entry after a sequence on, at most so many, in their order.

    Who may not is refused before the first line. Between batches nothing is held, neither rows nor
    a connection: a slow reader costs nobody else anything. What is in the chain stays as it is, so
    its batches fit together; what is tied meanwhile comes at the end. Whoever may not read it any
    more gets no further batch, and no proper end.
    """
    return _lines(ports, caller, await _batch(ports, caller, after, limit), limit)


async def _lines(ports: Ports, caller: Caller, batch: list[Row], left: int) -> AsyncIterator[bytes]:
    while batch:
        yield _encoder.encode_lines(
            {"sequence": row["sequence"], "hash": row["hash"], "entry": row["content"]}
            for row in batch
        )
        left -= len(batch)
        batch = await _batch(ports, caller, batch[-1]["sequence"], left)


async def _batch(ports: Ports, caller: Caller, after: int, left: int) -> list[Row]:
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.AUDIT_READ, ports.clock.now())
        return await queries_audit.chained(tx, after, min(left, BATCH_MAX))
