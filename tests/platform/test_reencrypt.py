"""A key is changed while everything runs: what older keys sealed is sealed anew, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

import pytest

from fynlo.kernel.ids import MerchantId
from fynlo.platform.crypto import KeyRing, UndecipherableError
from fynlo.platform.reencrypt import BATCH_MAX, reencrypt
from fynlo.platform.sealed import COLUMNS, SECOND_FACTOR_SECRET

if TYPE_CHECKING:
    from tests.support.shop import Shop

OLD: Final = "the secret of last year, long enough"
NEW: Final = "the secret of this year, long enough"
LOST: Final = "a secret that nobody has any more, yes"
MINE: Final = MerchantId(UUID(int=1))


def test_x10_a_field_opens_for_its_own_merchant_column_and_row_alone() -> None:
    ring = KeyRing([OLD])
    sealed = SECOND_FACTOR_SECRET.seal(ring, MINE, UUID(int=7), b"secret")

    assert SECOND_FACTOR_SECRET.open(ring, MINE, UUID(int=7), sealed) == b"secret"
    assert SECOND_FACTOR_SECRET.open(KeyRing([NEW, OLD]), MINE, UUID(int=7), sealed) == b"secret"
    for merchant_id, row_id in ((MerchantId(UUID(int=2)), UUID(int=7)), (MINE, UUID(int=8))):
        with pytest.raises(UndecipherableError):
            SECOND_FACTOR_SECRET.open(ring, merchant_id, row_id, sealed)


async def test_every_encrypted_column_is_walked(shop: Shop) -> None:
    rows = await shop.rows(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'fynlo' and column_name like '%_sealed'"
    )

    found = {(row["table_name"], row["column_name"]) for row in rows}
    assert found == {(one.table, one.column) for one in COLUMNS}


async def seal(shop: Shop, secret: str, who: str) -> None:
    staff_id = shop.staff_id(who)
    sealed = SECOND_FACTOR_SECRET.seal(KeyRing([secret]), shop.merchant_id, staff_id, who.encode())
    await shop.rows(
        "insert into second_factors (merchant_id, staff_id, secret_sealed, created_at)"
        " values ($1, $2, $3, $4) returning staff_id",
        *(shop.merchant_id, staff_id, sealed, shop.wiring.clock.now()),
    )


async def opened(shop: Shop, secret: str) -> list[str]:
    """List whose fields a key opens."""
    rows = await shop.rows("select staff_id, secret_sealed from second_factors")
    ring, found = KeyRing([secret]), []
    for row in rows:
        try:
            plain = SECOND_FACTOR_SECRET.open(
                ring, shop.merchant_id, row["staff_id"], row["secret_sealed"]
            )
        except UndecipherableError:
            continue
        found.append(plain.decode())
    return sorted(found)


async def test_what_an_older_key_sealed_is_sealed_anew_and_only_that(shop: Shop) -> None:
    await seal(shop, OLD, "cashier")
    await seal(shop, OLD, "manager")
    await seal(shop, NEW, "admin")
    await seal(shop, LOST, "kitchen")

    first = await reencrypt(shop.wiring.db, KeyRing([NEW, OLD]))

    lost = f"{shop.merchant_id}|second_factors|secret_sealed|{shop.staff_id('kitchen')}"
    assert first.done == 2
    assert [one for one in first.lost if str(shop.merchant_id) in one] == [lost]
    assert await opened(shop, NEW) == ["admin", "cashier", "manager"]
    assert await opened(shop, LOST) == ["kitchen"]
    again = await reencrypt(shop.wiring.db, KeyRing([NEW, OLD]))
    assert (again.done, again.lost) == (0, first.lost)
    await shop.rows("delete from second_factors returning staff_id")


async def test_no_row_is_left_out_where_there_are_more_than_a_batch(shop: Shop) -> None:
    column, old, ids = SECOND_FACTOR_SECRET, KeyRing([OLD]), range(2 * BATCH_MAX + 1)
    sealed = [column.seal(old, shop.merchant_id, UUID(int=one), b"%d" % one) for one in ids]
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        await tx.fetch(
            "insert into staff select (jsonb_populate_record(s, jsonb_build_object('id', new.id,"
            " 'email', new.id || '@a.test'))).* from staff s, unnest($1::uuid[]) new (id)"
            " where s.id = $2",
            *([UUID(int=one) for one in ids], shop.staff_id("cashier")),
        )
        await tx.fetch(
            "insert into second_factors (merchant_id, staff_id, secret_sealed, created_at)"
            " select $1, id, sealed, $4 from unnest($2::uuid[], $3::bytea[]) new (id, sealed)",
            *(shop.merchant_id, [UUID(int=one) for one in ids], sealed),
            shop.wiring.clock.now(),
        )

    result = await reencrypt(shop.wiring.db, KeyRing([NEW, OLD]))

    assert result.done == len(ids)
    assert await opened(shop, NEW) == sorted(str(one) for one in ids)
    assert await opened(shop, OLD) == []
    await shop.rows("delete from second_factors returning staff_id")
