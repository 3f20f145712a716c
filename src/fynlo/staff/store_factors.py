"""All writing SQL of second factors and recovery codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from fynlo.kernel.ids import StaffId
    from fynlo.platform.database import Row, Tx


async def lock(tx: Tx, staff_id: StaffId) -> Row | None:
    """Read somebody's second factor in order to use or change it; None if there is none."""
    return await tx.fetchrow(
        "select * from second_factors where merchant_id = $1 and staff_id = $2 for no key update",
        *(tx.merchant_id, staff_id),
    )


def offer(tx: Tx, staff_id: StaffId, secret_sealed: bytes, now: datetime) -> None:
    """Queue a secret that is not confirmed yet; an earlier one of that kind is forgotten."""
    tx.write(
        """
        insert into second_factors (merchant_id, staff_id, secret_sealed, created_at)
        values ($1, $2, $3, $4)
        on conflict (merchant_id, staff_id) do update
        set secret_sealed = excluded.secret_sealed, created_at = excluded.created_at, last_step = 0
        where second_factors.confirmed_at is null
        """,
        *(tx.merchant_id, staff_id, secret_sealed, now),
    )


def take_step(tx: Tx, staff_id: StaffId, step: int) -> None:
    """Queue that the code of a time step was taken: neither it nor an older one is again."""
    tx.write(
        """
        update second_factors set last_step = $3
        where merchant_id = $1 and staff_id = $2 and last_step < $3
        """,
        *(tx.merchant_id, staff_id, step),
    )


def confirm(tx: Tx, staff_id: StaffId, now: datetime, code_hashes: Iterable[bytes]) -> None:
    """Queue that a sign-in needs the factor from now on, or one of these recovery codes."""
    tx.write(
        """
        update second_factors set confirmed_at = $3
        where merchant_id = $1 and staff_id = $2 and confirmed_at is null
        """,
        *(tx.merchant_id, staff_id, now),
    )
    hashes = list(code_hashes)
    tx.write(
        """
        insert into recovery_codes (merchant_id, staff_id, code_hash)
        select $1, $2, unnest($3::bytea[])
        """,
        *(tx.merchant_id, staff_id, hashes),
        rows=len(hashes),
    )


async def use_recovery_code(tx: Tx, staff_id: StaffId, code_hash: bytes, now: datetime) -> bool:
    """Take a recovery code, once."""
    used = await tx.fetchval(
        """
        update recovery_codes set used_at = $4
        where merchant_id = $1 and staff_id = $2 and code_hash = $3 and used_at is null
        returning true
        """,
        *(tx.merchant_id, staff_id, code_hash, now),
    )
    return used is not None


def remove(tx: Tx, staff_id: StaffId) -> None:
    """Queue the end of somebody's second factor, with its recovery codes."""
    tx.write(
        "delete from second_factors where merchant_id = $1 and staff_id = $2",
        *(tx.merchant_id, staff_id),
        rows=None,
    )
