"""What tills read of drawer sessions: which are there, of whom, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.drawers import store_counts
from fynlo.drawers.model.session import DrawerState
from fynlo.drawers.store import session

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from fynlo.drawers.model.counts import Count
    from fynlo.drawers.model.session import DrawerSession
    from fynlo.kernel.ids import RegisterId, StaffId
    from fynlo.platform.database import Row, Tx


@dataclass(frozen=True, slots=True)
class Named:
    """A session with the names of its register and of who opened it."""

    session: DrawerSession
    register: str
    opener: str


_NAMED = """
    select d.*, r.location_id, r.name as register, p.name as opener
    from drawer_sessions d
    join registers r on r.merchant_id = d.merchant_id and r.id = d.register_id
    join staff p on p.merchant_id = d.merchant_id and p.id = d.opened_by
    where d.merchant_id = $1
"""


async def open_session(tx: Tx, staff_id: StaffId, register_id: RegisterId | None) -> Named | None:
    """Find the open session of a register, or else the latest that somebody opened."""
    row = await tx.fetchrow(
        _NAMED
        + """
          and d.state = 'open' and case when $3::uuid is null then d.opened_by = $2
            else d.register_id = $3 end
        order by d.opened_at desc, d.id desc limit 1
        """,
        *(tx.merchant_id, staff_id, register_id),
    )
    return None if row is None else _named(row)


async def session_of(tx: Tx, session_id: UUID) -> Named | None:
    """Read one session; None if there is none."""
    row = await tx.fetchrow(_NAMED + " and d.id = $2", tx.merchant_id, session_id)
    return None if row is None else _named(row)


async def sessions(tx: Tx, location_ids: Iterable[UUID] | None, limit: int) -> list[Named]:
    """List the latest sessions at these locations, newest first; None means everywhere."""
    rows = await tx.fetch(
        _NAMED
        + """
          and ($2::uuid[] is null or r.location_id = any($2))
        order by d.opened_at desc, d.id desc limit $3
        """,
        *(tx.merchant_id, None if location_ids is None else list(location_ids), limit),
    )
    return [_named(row) for row in rows]


async def standing_count(tx: Tx, of: DrawerSession) -> Count | None:
    """Read the count that a session would be closed on; None if none stands, or it is closed."""
    if of.state is not DrawerState.OPEN:
        return None
    return of.standing(await store_counts.load(tx, of.id))


def _named(row: Row) -> Named:
    return Named(session(row), row["register"], row["opener"])
