"""All writing SQL of drawer counts, and of the counts on which sessions were closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fynlo.drawers.model.counts import Approval, Count, CountKind
from fynlo.kernel.ids import CommandId, StaffId
from fynlo.kernel.money import Money, currency

if TYPE_CHECKING:
    from fynlo.kernel.ids import DrawerSessionId, RegisterId
    from fynlo.kernel.money import Currency
    from fynlo.platform.database import Row, Tx


def _count(row: Row) -> Count:
    unit, pieces = currency(row["currency"]), row["denominations"]
    return Count(
        id=CommandId(row["id"]),
        number=row["number"],
        kind=CountKind(row["kind"]),
        counted=Money(row["counted_minor"], unit),
        expected=None if row["expected_minor"] is None else Money(row["expected_minor"], unit),
        denominations=None if pieces is None else msgspec.json.decode(pieces, type=dict[int, int]),
        movements=row["movements"],
        counted_by=StaffId(row["counted_by"]),
        counted_at=row["counted_at"],
    )


async def load(tx: Tx, session_id: DrawerSessionId) -> list[Count]:
    """Read a session's counts, in their order."""
    rows = await tx.fetch(
        """
        select id, number, kind, currency, counted_minor, expected_minor, denominations, movements,
          counted_by, counted_at
        from drawer_counts where merchant_id = $1 and session_id = $2 order by number
        """,
        *(tx.merchant_id, session_id),
    )
    return [_count(row) for row in rows]


def insert(tx: Tx, session_id: DrawerSessionId, count: Count) -> None:
    """Queue a count; two of one number fail at their key."""
    expected = None if count.expected is None else count.expected.minor
    pieces = None if count.denominations is None else msgspec.json.encode(count.denominations)
    tx.write(
        """
        insert into drawer_counts (
          merchant_id, id, session_id, number, kind, currency, counted_minor, expected_minor,
          denominations, movements, counted_by, counted_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        *(tx.merchant_id, count.id, session_id, count.number, count.kind),
        *(count.counted.currency.code, count.counted.minor, expected),
        *(pieces and pieces.decode(), count.movements, count.counted_by, count.counted_at),
    )


async def left_last(tx: Tx, register_id: RegisterId, unit: Currency) -> Money | None:
    """Read what the register's last session left in the drawer; None where there was none."""
    minor = await tx.fetchval(
        """
        select left_in_drawer_minor from drawer_sessions
        where merchant_id = $1 and register_id = $2 and z_number is not null and currency = $3
        order by z_number desc limit 1
        """,
        *(tx.merchant_id, register_id, unit.code),
    )
    return None if minor is None else Money(minor, unit)


def insert_closing(tx: Tx, session_id: DrawerSessionId, count: Count, approval: Approval) -> None:
    """Queue on which count a session is closed, who approved its differences, and why."""
    tx.write(
        """
        insert into drawer_closings (merchant_id, session_id, count_id, approved_by, reason)
        values ($1, $2, $3, $4, $5)
        """,
        *(tx.merchant_id, session_id, count.id, approval.by, approval.reason),
    )


async def approval(tx: Tx, session_id: DrawerSessionId) -> Approval:
    """Read who approved the difference of a session, and what was said when it closed."""
    row = await tx.fetchrow(
        """
        select approved_by, reason from drawer_closings where merchant_id = $1 and session_id = $2
        """,
        *(tx.merchant_id, session_id),
    )
    if row is None:
        return Approval(None, None)
    return Approval(row["approved_by"] and StaffId(row["approved_by"]), row["reason"])
