"""What a merchant has from the start, with safe defaults; and that any text is only text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.seed import DEMO, seed_demo
from tests.support.shop import said

if TYPE_CHECKING:
    from tests.support.shop import Shop, Till


async def test_v05_every_merchant_has_its_ways_to_be_paid(till: Till) -> None:
    answer = await till.call("GET", "/payment-methods")

    assert sorted((one["code"], one["type"], one["enabled"]) for one in answer.json()) == [
        ("apple_pay", "apple_pay", False),
        ("bank_transfer", "manual", True),
        ("card", "card", True),
        ("cash", "cash", True),
        ("voucher", "manual", True),
    ]


async def test_v06_the_demo_shop_is_made_once_and_no_secret_is_in_its_rows(shop: Shop) -> None:
    db, clock = shop.wiring.db, shop.wiring.clock
    await seed_demo(db, clock)
    assert not await seed_demo(db, clock)

    async with db.transaction(DEMO) as tx:
        people = await tx.fetch("select password_hash, pin_hash from staff")
        rules = await tx.fetchrow("select * from settings")
    assert len(people) == 4
    assert all(one["password_hash"].startswith("$argon2id$") for one in people)
    assert {one["pin_hash"][:10] for one in people if one["pin_hash"]} == {"$argon2id$"}
    assert rules is not None
    assert (rules["require_manager_approval"], rules["approval_threshold_minor"]) == (True, 0)


async def test_tr115_any_text_is_taken_as_it_is(shop: Shop) -> None:
    async with shop.till("admin") as admin:
        for number, name in enumerate(("O'Brien", "Table #5; drop table staff; --", '<b>+"x"')):
            body = {
                "name": name,
                "email": f"o'brien+{number}@{shop.merchant_id}.test",
                "role": "cashier",
                "password": "'; select 1 -- #",
            }
            made = said(await admin.call("POST", "/staff", body), 201)
            shown = said(await admin.call("GET", f"/staff/{made['id']}"), 200)
            assert (shown["name"], shown["email"]) == (name, body["email"])
            sold = {"product_id": str(shop.product_id("penny")), "quantity": 1, "note": name}
            wish = {"register_id": str(shop.register_id()), "table": name, "lines": [sold]}
            order = said(await admin.call("POST", "/orders", wish), 201)
            assert (order["table"], order["lines"][0]["note"]) == (name, name)
