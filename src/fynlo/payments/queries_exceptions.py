"""What a person reads of the exceptions queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.kernel.ids import LocationId
from fynlo.payments import store_exceptions
from fynlo.staff import Role

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.payments.model.exceptions import ExceptionKind, ExceptionState, QueuedException
    from fynlo.platform.database import Tx
    from fynlo.staff import Actor


_UUID: Final = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
"""What another system notes at the provider may be no id of ours."""


@dataclass(frozen=True, slots=True)
class ExceptionFilter:
    """Which exceptions to list; `before` is the place after which the page starts."""

    state: ExceptionState | None = None
    kind: ExceptionKind | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, UUID] | None = None


async def exceptions(
    tx: Tx, actor: Actor, wanted: ExceptionFilter, limit: int
) -> list[QueuedException]:
    """List exceptions, newest first: those of the reader's places, and those of none."""
    since_at, since_id = wanted.before or (None, None)
    places = None if actor.role is Role.ADMIN else list(actor.location_ids)
    rows = await tx.fetch(
        """
        select e.*
        from exceptions e
        left join orders o on o.merchant_id = e.merchant_id
          and o.id = coalesce(e.order_id, case
            when e.detail->>'order_id' ~ $10 then (e.detail->>'order_id')::uuid end)
        where e.merchant_id = $1
          and ($2::text is null or e.state = $2)
          and ($3::text is null or e.kind = $3)
          and ($4::timestamptz is null or e.opened_at >= $4)
          and ($5::timestamptz is null or e.opened_at < $5)
          and ($6::uuid[] is null or o.id is null or o.location_id = any ($6))
          and ($7::timestamptz is null or (e.opened_at, e.id) < ($7, $8::uuid))
        order by e.opened_at desc, e.id desc
        limit $9
        """,
        *(tx.merchant_id, wanted.state, wanted.kind, wanted.since, wanted.until),
        *(places, since_at, since_id, limit, _UUID),
    )
    return [store_exceptions.exception(row) for row in rows]


async def exception(tx: Tx, actor: Actor, exception_id: UUID) -> QueuedException:
    """Read one of the queue; `NotFound` if there is none, `Forbidden` if it is of elsewhere.

    What is about no order is everybody's who may see the queue.
    """
    found = await store_exceptions.load(tx, exception_id)
    location_id = await tx.fetchval(
        "select location_id from orders where merchant_id = $1 and id = $2",
        *(tx.merchant_id, found.about_order),
    )
    if location_id is not None:
        actor.must_work_at(LocationId(location_id))
    return found
