"""All writing SQL of approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import ApprovalId, LocationId, StaffId
from fynlo.kernel.money import Money, currency
from fynlo.staff.approvals import Approval, ApprovalState, Wish
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Row, Tx


def approval(row: Row) -> Approval:
    """Read an approval's row."""
    wish = Wish(
        permissions=tuple(Permission(one) for one in row["permissions"]),
        target_kind=row["target_kind"],
        target_id=row["target_id"],
        location_id=LocationId(row["location_id"]),
        amount=Money(row["amount_minor"], currency(row["currency"])),
        details=msgspec.json.decode(row["details"]),
        not_by=frozenset(StaffId(one) for one in row["not_by"]),
    )
    return Approval(
        id=ApprovalId(row["id"]),
        wish=wish,
        state=ApprovalState(row["state"]),
        requested_by=StaffId(row["requested_by"]),
        requested_at=row["requested_at"],
        expires_at=row["expires_at"],
        decided_by=row["decided_by"] and StaffId(row["decided_by"]),
        decided_at=row["decided_at"],
        reason=row["reason"],
        is_in_place=row["is_in_place"],
        used_at=row["used_at"],
        version=row["version"],
    )


async def find_live(tx: Tx, wish: Wish, by: StaffId, now: datetime) -> Approval | None:
    """Find what somebody asked for already and can still wait for, or use."""
    row = await tx.fetchrow(
        """
        select * from approvals
        where merchant_id = $1 and requested_by = $2 and bound_hash = $3 and expires_at > $4
          and state in ('pending', 'approved')
        order by requested_at, id limit 1
        """,
        *(tx.merchant_id, by, wish.bound_hash, now),
    )
    return None if row is None else approval(row)


async def lock_asker(tx: Tx, by: StaffId, now: datetime) -> list[datetime]:
    """Let nobody else ask in somebody's name until the commit; tell how long each wish waits.

    The first to end comes first. Two equal wishes at one moment meet here, and the second finds
    the first. It is the last lock of its transaction, and what it protects is read after it.
    """
    await tx.fetchval(
        "select id from staff where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, by),
    )
    rows = await tx.fetch(
        """
        select expires_at from approvals
        where merchant_id = $1 and requested_by = $2 and state = 'pending' and expires_at > $3
        order by expires_at
        """,
        *(tx.merchant_id, by, now),
    )
    return [row["expires_at"] for row in rows]


async def lock(tx: Tx, approval_id: UUID) -> Approval:
    """Lock an approval; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select * from approvals where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, approval_id),
    )
    if row is None:
        message = f"There is no approval {approval_id}."
        raise NotFound(message)
    return approval(row)


def insert(tx: Tx, made: Approval) -> None:
    """Queue a new approval."""
    wish = made.wish
    tx.write(
        """
        insert into approvals (
          merchant_id, id, permissions, target_kind, target_id, location_id, amount_minor,
          currency, details, bound_hash, state, requested_by, requested_at, expires_at,
          decided_by, decided_at, reason, is_in_place, used_at, version, not_by
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19, $20, $21)
        """,
        *(tx.merchant_id, made.id, sorted(wish.permissions), wish.target_kind, wish.target_id),
        *(wish.location_id, wish.amount.minor, wish.amount.currency.code),
        *(msgspec.json.encode(wish.details).decode(), wish.bound_hash, made.state),
        *(made.requested_by, made.requested_at, made.expires_at, made.decided_by),
        *(made.decided_at, made.reason, made.is_in_place, made.used_at, made.version),
        sorted(wish.not_by),
    )


def save(tx: Tx, after: Approval) -> None:
    """Queue the next version of an approval."""
    tx.write(
        """
        update approvals
        set state = $3, decided_by = $4, decided_at = $5, reason = $6, used_at = $7, version = $8
        where merchant_id = $1 and id = $2 and version = $8 - 1
        """,
        *(tx.merchant_id, after.id, after.state, after.decided_by, after.decided_at),
        *(after.reason, after.used_at, after.version),
    )
