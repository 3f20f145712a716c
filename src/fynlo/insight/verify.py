"""Derive every balance and state again from the journal, and say what does not agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo import ledger
from fynlo.insight.checks import CHECKS
from fynlo.kernel.ids import MerchantId

if TYPE_CHECKING:
    from fynlo.ledger import Balance
    from fynlo.platform.database import Database


WHOLE_TABLES: Final = """
    select set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true)
"""
"""A check joins whole tables. Its plan may have been made for a small merchant, or before anything
was counted; with nested loops such a plan would never end on a grown shop."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not what the journal says it must be."""

    merchant_id: MerchantId
    check: str
    subject: str
    expected: str
    found: str


async def verify(db: Database, merchant_id: MerchantId | None = None) -> list[Difference]:
    """Check one merchant, or all; an empty list means that everything agrees.

    Each merchant is looked at in one snapshot, so it may be done while the shop sells.
    """
    differences: list[Difference] = []
    for one in [merchant_id] if merchant_id is not None else await _merchants(db):
        differences += await _verify_one(db, one)
    return differences


async def trial_balances(
    db: Database, merchant_id: MerchantId | None = None
) -> dict[MerchantId, list[Balance]]:
    """Return what every account comes to, for one merchant or for all."""
    found: dict[MerchantId, list[Balance]] = {}
    for one in [merchant_id] if merchant_id is not None else await _merchants(db):
        async with db.snapshot(one) as tx:
            found[one] = await ledger.trial_balance(tx)
    return found


async def _merchants(db: Database) -> list[MerchantId]:
    async with db.system() as connection:
        rows = await connection.fetch("select id from merchants order by id")
    return [MerchantId(row["id"]) for row in rows]


async def _verify_one(db: Database, merchant_id: MerchantId) -> list[Difference]:
    differences: list[Difference] = []
    async with db.snapshot(merchant_id) as tx:
        await tx.fetchval(WHOLE_TABLES)
        for check, sql in CHECKS.items():
            for subject, expected, found in await tx.fetch(sql):
                differences.append(Difference(merchant_id, check, subject, expected, found))
    return differences
