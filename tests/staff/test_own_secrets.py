"""What people chose to sign in with is theirs: nobody tries it, and nobody waits for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from fynlo.staff import save, store
from fynlo.staff.hashing import passwords
from tests.staff.test_people import ann
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from fynlo.kernel.ids import StaffId
    from tests.support.shop import Shop


async def test_a_repeat_says_nothing_of_the_secrets_that_somebody_chose_since(shop: Shop) -> None:
    body = ann(shop, id=str(uuid4()), pin=None)
    async with shop.till("admin") as admin:
        said(await admin.call("POST", "/staff", body), 201)
    columns = {"pin_hash": passwords.hash("1234")}
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        await save(tx, UUID(body["id"]), columns, shop.wiring.clock.now())

    async with shop.till("admin") as admin:
        for pin in (None, "1234", "1235"):
            answer = await admin.call("POST", "/staff", {**body, "pin": pin})
            assert "changed" in refused(answer, 409, "id-reused")["detail"]


async def test_people_who_change_what_is_theirs_do_not_wait_for_each_other(shop: Shop) -> None:
    await shop.rows("update staff set role = 'admin' where name = 'Manager' returning id")
    now, both = shop.wiring.clock.now(), [shop.staff_id("admin"), shop.staff_id("manager")]
    meet = asyncio.Barrier(2)

    async def change_pin(who: StaffId) -> None:
        async with shop.wiring.db.transaction(shop.merchant_id) as tx:
            assert await store.lock_secret(tx, who, password_hash=None, pin_hash=None)
            await meet.wait()  # Each holds their own row, and wants no other.
            await save(tx, who, {"pin_hash": "x"}, now)

    await asyncio.gather(*(change_pin(who) for who in both))

    rows = await shop.rows("select id from staff where pin_hash = 'x' and version > 1")
    assert {row["id"] for row in rows} == set(both)
