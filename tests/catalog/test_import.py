"""A file becomes the menu: looked at first, whole or not at all, once, and back again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import pytest

from fynlo.kernel.ids import derive
from tests.catalog.test_changes import add, change, tea, told
from tests.support.locks import until_somebody_waits
from tests.support.shop import refused, said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Shop, Till

HEAD: Final = "id,name,category,price,tax_rate,tax_included,barcode,modifiers"


async def send(till: Till, content: str | bytes, *, key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid4()), "Content-Type": "text/csv"}
    return await till.http.post("/api/v1/catalog/import", content=content, headers=headers)


async def look(till: Till, content: str | bytes) -> dict[str, Any]:
    headers = {"Content-Type": "text/csv"}
    path = "/api/v1/catalog/import/preview"
    return said(await till.http.post(path, content=content, headers=headers), 200)


async def export(till: Till) -> str:
    answer = await till.call("GET", "/catalog/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="products.csv"'
    return answer.text


async def products(till: Till) -> dict[str, dict[str, Any]]:
    found = said(await till.call("GET", "/products?limit=100"), 200)["items"]
    return {one["name"]: one for one in found}


async def menu(till: Till) -> str:
    """Put a modifier on the menu, and return a file that changes two products and adds two."""
    shot = {"name": "Extra shot", "price_delta": 60, "currency": "GBP"}
    said(await till.call("POST", "/modifiers", shot), 201)
    coffee, meal = till.shop.product_id("coffee"), till.shop.product_id("meal")
    penny = till.shop.product_id("penny")
    return "\n".join(
        (
            HEAD,
            f"{coffee},coffee,Hot,3.50,VAT,yes,1,Extra shot",
            f"{meal},Meal of the day,,10,VAT,yes,,",
            f"{penny},penny,,0.01,VAT,yes,,",
            ",O'Brien's #5 – 🍺,Hot,4.05,VAT,yes,2,",
            ",'=SUM(A1),Cold,0,VAT,no,,Extra shot",
        )
    )


COUNTS: Final = {"added": 2, "changed": 2, "unchanged": 1, "categories_added": ["Hot", "Cold"]}


async def test_a_look_says_what_would_be_and_changes_nothing(till: Till) -> None:
    text = await menu(till)
    before = await till.shop.everything()

    assert await look(till, text) == {**COUNTS, "faults": [], "fault_count": 0}
    faulty = f"{text}\n,Tea,,x,none,yes,,"
    assert await look(till, faulty) == {
        **COUNTS,
        "faults": [
            {"row": 7, "column": "tax_rate", "detail": "Nothing is called none."},
            {"row": 7, "column": "price", "detail": "A price in GBP looks like 12.50."},
        ],
        "fault_count": 2,
    }
    assert await till.shop.everything() == before


async def test_a_file_is_imported_whole_and_once(till: Till) -> None:
    shop, key = till.shop, str(uuid4())
    text = await menu(till)
    news = len(await told(shop))

    first = await send(till, text, key=key)
    before = await shop.everything()
    repeat = await send(till, text, key=key)

    assert said(first, 200) == {"import": {"id": key, **COUNTS}}
    assert repeat.headers["idempotent-replayed"] == "true"
    assert repeat.content == first.content
    refused(await send(till, text + "\n", key=key), 422, "idempotency-key-reused")
    assert await shop.everything() == before
    found = await products(till)
    assert set(found) == {"coffee", "penny", "Meal of the day", "O'Brien's #5 – 🍺", "=SUM(A1)"}
    coffee, sum_of = found["coffee"], found["=SUM(A1)"]
    assert (coffee["price"], coffee["barcode"], coffee["version"]) == (350, "1", 2)
    assert sum_of["modifier_ids"] == coffee["modifier_ids"]
    assert len(sum_of["modifier_ids"]) == 1
    assert (sum_of["tax_included"], sum_of["price"]) == (False, 0)
    assert sum_of["id"] == str(derive(UUID(key), "row:6"))
    assert (found["penny"]["version"], found["Meal of the day"]["price"]) == (1, 1000)
    listed = said(await till.call("GET", "/categories"), 200)["items"]
    assert [(one["name"], one["position"]) for one in listed] == [("Hot", 0), ("Cold", 1)]
    assert [data for _, _, data in await told(shop)][news:] == [{"version": 1, "import_id": key}]
    imported = await shop.rows("select id::text, by_staff, added, changed from catalog_imports")
    by = shop.staff_id("manager")
    assert imported == [{"id": key, "by_staff": by, "added": 2, "changed": 2}]


async def test_prices_remember_the_import_that_made_them(till: Till) -> None:
    key = str(uuid4())
    said(await send(till, await menu(till), key=key), 200)

    rows = await till.shop.rows(
        "select name, old_price_minor as old, h.price_minor as new, import_id::text, reason"
        " from product_prices h join products p on p.id = h.product_id order by name"
    )

    assert rows == [
        {"name": name, "old": old, "new": new, "import_id": key, "reason": None}
        for name, old, new in (
            ("=SUM(A1)", None, 0),
            ("O'Brien's #5 – 🍺", None, 405),
            ("coffee", 333, 350),
        )
    ]


async def test_what_is_exported_and_imported_again_changes_nothing(till: Till) -> None:
    said(await send(till, await menu(till)), 200)
    text = await export(till)
    before = await till.shop.everything()

    assert ",'=SUM(A1)," in text
    assert await look(till, text) == {
        "added": 0,
        "changed": 0,
        "unchanged": 5,
        "categories_added": [],
        "faults": [],
        "fault_count": 0,
    }
    async with till.shop.stranger() as stranger:
        shot = {"name": "Extra shot", "price_delta": 0, "currency": "GBP"}
        said(await stranger.call("POST", "/modifiers", shot), 201)
        # The same file is another shop's menu: new products there, under the same ids.
        said(await send(stranger, text), 200)
        named = ("id", "name", "price", "barcode", "tax_included", "active")
        for one in (await products(till)).values():
            theirs = said(await stranger.call("GET", f"/products/{one['id']}"), 200)
            assert [one[field] for field in named] == [theirs[field] for field in named]
    assert await till.shop.everything() == before


async def test_an_old_file_does_not_undo_what_was_changed_since(till: Till) -> None:
    coffee = (await products(till))["coffee"]
    old = (await export(till)).replace("3.33", "3.40")
    said(await change(till, coffee, price=350), 200)
    before = await till.shop.everything()
    (row,) = [n for n, line in enumerate(old.splitlines(), 1) if coffee["id"] in line]
    detail = "The product has version 2 by now: export it again."
    faults = [{"row": row, "column": "version", "detail": detail}]

    assert (await look(till, old))["faults"] == faults
    assert refused(await send(till, old), 422, "import-invalid")["faults"] == faults
    assert await till.shop.everything() == before

    said(await send(till, (await export(till)).replace("3.50", "3.40")), 200)
    found = (await products(till))["coffee"]
    assert (found["price"], found["version"]) == (340, 3)


async def test_what_changes_while_a_file_waits_makes_it_old(till: Till) -> None:
    shop = till.shop
    text = f"id,price,version\n{shop.product_id('meal')},12,1\n"
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        await tx.fetch(
            "update products set price_minor = 1100, version = 2 where name = 'meal' returning 1"
        )
        waiting = asyncio.create_task(send(till, text))
        await until_somebody_waits(tx)

    (fault,) = refused(await waiting, 422, "import-invalid")["faults"]

    assert (fault["row"], fault["column"]) == (2, "version")
    assert (await products(till))["meal"]["price"] == 1100


async def test_one_fault_stops_the_whole_file(till: Till) -> None:
    text = await menu(till)
    before = await till.shop.everything()

    problem = refused(await send(till, f"{text}\n,Tea,,1,VAT,,,"), 422, "import-invalid")

    assert problem["faults"] == [
        {"row": 7, "column": "tax_included", "detail": "A new product needs it."}
    ]
    assert (problem["detail"], problem["fault_count"]) == ("The file has 1 faults.", 1)
    latin = "name\nCafé".encode("latin-1")
    assert refused(await send(till, latin), 422, "import-invalid")["faults"][0]["row"] == 2
    refused(await send(till, b""), 400, "invalid-request")
    assert await till.shop.everything() == before


async def test_two_products_exchange_their_barcodes_and_modifiers(till: Till) -> None:
    said(await send(till, await menu(till)), 200)
    found = await products(till)
    coffee, beer = found["coffee"]["id"], found["O'Brien's #5 – 🍺"]["id"]

    text = f"id,barcode,modifiers\n{coffee},2,\n{beer},1,Extra shot\n"
    said(await send(till, text), 200)

    after = await products(till)
    assert (after["coffee"]["barcode"], after["coffee"]["modifier_ids"]) == ("2", [])
    assert after["O'Brien's #5 – 🍺"]["barcode"] == "1"
    assert after["O'Brien's #5 – 🍺"]["modifier_ids"] == found["coffee"]["modifier_ids"]


async def test_of_many_at_once_under_one_key_one_imports(till: Till) -> None:
    text, key = await menu(till), str(uuid4())

    answers = await asyncio.gather(*(send(till, text, key=key) for _ in range(6)))

    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    assert sum("idempotent-replayed" in one.headers for one in answers) == 5
    assert len(await products(till)) == 5
    (count,) = await till.shop.rows("select count(*) from catalog_imports")
    assert count == {"count": 1}


async def test_two_files_at_once_add_a_category_once(till: Till) -> None:
    files = [f"{HEAD}\n,Tea {n},Christmas,1,VAT,yes,,\n" for n in range(4)]

    for answer in await asyncio.gather(*(send(till, text) for text in files)):
        said(answer, 200)

    listed = said(await till.call("GET", "/categories"), 200)["items"]
    assert [one["name"] for one in listed] == ["Christmas"]
    found = await products(till)
    assert {found[f"Tea {n}"]["category_id"] for n in range(4)} == {listed[0]["id"]}


async def test_an_import_waits_for_who_changes_a_product(till: Till) -> None:
    shop = till.shop
    text = f"id,price\n{shop.product_id('meal')},12\n"
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        await tx.fetch(
            "update products set price_minor = 1100, version = 2 where name = 'meal' returning 1"
        )
        waiting = asyncio.create_task(send(till, text))
        await until_somebody_waits(tx)

    said(await waiting, 200)

    (price,) = await shop.rows("select old_price_minor, price_minor from product_prices")
    assert price == {"old_price_minor": 1100, "price_minor": 1200}
    assert (await products(till))["meal"]["version"] == 3


async def test_a_barcode_that_is_given_away_meanwhile_is_a_fault(till: Till) -> None:
    shop = till.shop
    text = f"{HEAD}\n,Tea,,1,VAT,yes,9,\n"
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        await tx.fetch("update products set barcode = '9' where name = 'meal' returning 1")
        waiting = asyncio.create_task(send(till, text))
        await until_somebody_waits(tx)
    before = await shop.everything()

    problem = refused(await waiting, 422, "import-invalid")

    detail = f"This is the barcode of {shop.product_id('meal')}: write that in the column id."
    assert problem["faults"] == [{"row": 2, "column": "barcode", "detail": detail}]
    assert await shop.everything() == before


@pytest.mark.parametrize(
    ("what", "column", "path"),
    [("row:2", "id", "/products"), ("category:Cold", "category", "/categories")],
)
async def test_an_id_that_was_taken_before_is_a_fault(
    till: Till, what: str, column: str, path: str
) -> None:
    key = uuid4()
    body = {"id": str(derive(key, what)), "name": "Mine"}
    body = tea(till.shop, **body) if column == "id" else body
    said(await till.call("POST", path, body), 201)
    text = f"{HEAD}\n,Tea,Cold,1,VAT,yes,,\n"
    before = await till.shop.everything()

    problem = refused(await send(till, text, key=str(key)), 422, "import-invalid")

    assert problem["fault_count"] == 1
    assert [(one["row"], one["column"]) for one in problem["faults"]] == [(1, column)]
    assert await till.shop.everything() == before
    said(await send(till, text), 200)


async def test_barcodes_that_are_given_away_twice_meanwhile_are_a_fault(till: Till) -> None:
    shop, key = till.shop, str(uuid4())
    text = f"{HEAD}\n,Tea,,1,VAT,yes,8,\n,Pie,,1,VAT,yes,9,\n"
    given, tried, tried_again = (asyncio.Event() for _ in range(3))
    second = asyncio.create_task(_give_until(shop, given, tried_again))
    freeing = asyncio.create_task(_free_before_it_tries_again(shop, tried))
    await given.wait()
    async with shop.wiring.db.transaction(shop.merchant_id) as first:
        await first.fetch(GIVE, "8", "meal")
        waiting = asyncio.create_task(send(till, text, key=key))
        await until_somebody_waits(first)
        # Behind the first try stands who frees that barcode, and behind them the second try.
        tried.set()
        await until_somebody_waits(first, 2)
    await freeing
    tried_again.set()
    await second

    problem = refused(await waiting, 422, "import-invalid")

    detail = "Others give these barcodes away: send the file again."
    assert problem["faults"] == [{"row": 1, "column": "barcode", "detail": detail}]
    found = await products(till)
    assert set(found) == {"coffee", "meal", "penny"}
    assert (found["coffee"]["barcode"], found["meal"]["barcode"]) == ("9", None)
    assert await shop.rows("select 1 from commands union all select 1 from catalog_imports") == []
    said(await send(till, text.replace(",9,", ",7,"), key=key), 200)


GIVE: Final = "update products set barcode = $1 where name = $2 returning 1"


async def _give_until(shop: Shop, given: asyncio.Event, tried_again: asyncio.Event) -> None:
    """Give a barcode to another product, and commit once the import waits for it again."""
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        await tx.fetch(GIVE, "9", "coffee")
        given.set()
        await tried_again.wait()
        await until_somebody_waits(tx)


async def _free_before_it_tries_again(shop: Shop, tried: asyncio.Event) -> None:
    """Free the other barcode while the second try waits for the menu."""
    await tried.wait()
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        await tx.fetch("select 1 from merchants where id = $1 for no key update", tx.merchant_id)
        await tx.fetch(GIVE, None, "meal")
        await until_somebody_waits(tx)


async def test_a_crash_at_the_commit_leaves_nothing_and_asking_again_imports(till: Till) -> None:
    text, key = await menu(till), str(uuid4())
    before = await till.shop.everything()

    async with till.shop.crashing_at_commit(1):
        assert (await send(till, text, key=key)).status_code == 500

    assert await till.shop.everything() == before
    assert said(await send(till, text, key=key), 200) == {"import": {"id": key, **COUNTS}}


async def test_who_may_not_changes_nothing_and_reads_no_file(till: Till) -> None:
    text = await menu(till)
    before = await till.shop.everything()

    for who in ("cashier", "kitchen"):
        async with till.shop.till(who) as somebody:
            for path in ("import", "import/preview"):
                headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "text/csv"}
                answer = await somebody.http.post(
                    f"/api/v1/catalog/{path}", content=text, headers=headers
                )
                assert refused(answer, 403, "forbidden")["permission"] == "catalog.manage"
            refused(await somebody.call("GET", "/catalog/export"), 403, "forbidden")

    assert await till.shop.everything() == before


async def test_another_shops_things_are_not_there(till: Till) -> None:
    hot = said(await till.call("POST", "/categories", {"name": "Hot"}), 201)["id"]
    tea = await add(till, barcode="7", category_id=hot)
    said(await change(till, tea, price=300), 200)

    async with till.shop.stranger() as stranger:
        text = f"{HEAD}\n{tea['id']},Tea,{hot},1,{tea['tax_rate_id']},yes,7,\n"
        found = await look(stranger, text)
        assert [one["detail"] for one in found["faults"]] == [
            f"There is nothing with the id {hot}.",
            f"There is nothing with the id {tea['tax_rate_id']}.",
        ]
        assert tea["id"] not in await export(stranger)
