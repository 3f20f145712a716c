"""Encrypt every field anew that an older key sealed, while everything runs.

Both keys are known to every process, so a field can be read before and after. A stopped run is
begun again and takes what is left: the fields themselves say by which key they are sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.kernel.ids import MerchantId
from fynlo.platform.crypto import KEY_ID_BYTES, UndecipherableError
from fynlo.platform.sealed import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fynlo.platform.crypto import KeyRing
    from fynlo.platform.database import Database, Row, Tx
    from fynlo.platform.sealed import SealedColumn

BATCH_MAX: Final = 100


@dataclass
class Reencrypted:
    """How many fields were encrypted anew, and which no key of the ring opens."""

    done: int
    lost: list[str]


async def reencrypt(
    db: Database, keys: KeyRing, columns: Sequence[SealedColumn] = COLUMNS
) -> Reencrypted:
    """Encrypt all fields by the newest key; each batch is a commit of its own."""
    result = Reencrypted(0, [])
    async with db.system() as connection:
        merchants = await connection.fetch("select id from merchants order by id")
    for merchant in merchants:
        for column in columns:
            await _renew_all(db, keys, MerchantId(merchant["id"]), column, result)
    return result


async def _renew_all(
    db: Database, keys: KeyRing, merchant_id: MerchantId, column: SealedColumn, result: Reencrypted
) -> None:
    after: UUID | None = None
    while True:
        async with db.transaction(merchant_id) as tx:
            after = await _batch(tx, keys, column, after, result)
        if after is None:
            return


async def _batch(
    tx: Tx, keys: KeyRing, column: SealedColumn, after: UUID | None, result: Reencrypted
) -> UUID | None:
    """Encrypt the next fields anew, from the first on where `after` is None.

    Returns the last row of them, None when there was none.
    """
    # The names are constants of ours.
    rows = await tx.fetch(
        f"""
        select {column.row} as id, {column.column} as sealed from {column.table}
        where merchant_id = $1 and ($2::uuid is null or {column.row} > $2)
          and substring({column.column} from 1 for {KEY_ID_BYTES}) <> $3
        order by {column.row} limit {BATCH_MAX} for no key update
        """,  # noqa: S608
        *(tx.merchant_id, after, bytes.fromhex(keys.newest_field_key_id())),
    )
    for row in rows:
        _renew(tx, keys, column, row, result)
    return rows[-1]["id"] if rows else None


def _renew(tx: Tx, keys: KeyRing, column: SealedColumn, row: Row, result: Reencrypted) -> None:
    try:
        plain = column.open(keys, tx.merchant_id, row["id"], row["sealed"])
    except UndecipherableError as error:
        result.lost.append(str(error))
        return
    tx.write(
        f"update {column.table} set {column.column} = $3"  # noqa: S608
        f" where merchant_id = $1 and {column.row} = $2",
        *(tx.merchant_id, row["id"], column.seal(keys, tx.merchant_id, row["id"], plain)),
        row=row["id"],
    )
    result.done += 1
