"""Orders are listed newest first, page by page, by state, place, table and time, one shop's own."""

from __future__ import annotations

import base64
import json
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from fynlo.orders import queries
from fynlo.orders.model import KitchenState, PaymentState, Stage, State, state_of
from fynlo.orders.queries import OrderFilter
from tests.orders.edits import TEN_PERCENT
from tests.orders.menu import placed
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def listed(till: Till, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = said(await till.call("GET", f"/orders?{query}"), 200)["items"]
    return items


async def test_pages_hold_every_order_once_and_newest_first(till: Till) -> None:
    made: list[str] = []

    for size in (1, 2, 5, 7):
        for moment in range(3):  # Two of them at the very same moment.
            made.append((await placed(till, "penny"))["id"])
            till.shop.advance(moment % 2)
        items: list[dict[str, Any]] = []
        after, pages, before = "", 0, list(made)
        while True:
            page = said(await till.call("GET", f"/orders?limit={size}{after}"), 200)
            items, pages = [*items, *page["items"]], pages + 1
            if page["next"] is None:
                break
            assert len(page["items"]) == size
            till.shop.advance(1)  # What is new does not shift the pages that follow.
            made.append((await placed(till, "penny"))["id"])
            after = f"&after={page['next']}"

        assert pages == -(-len(before) // size)
        assert sorted(one["id"] for one in items) == sorted(before)
        places = [(one["created_at"], one["id"]) for one in items]
        assert places == sorted(places, reverse=True)


async def test_a_listed_order_is_the_order_without_its_lines_and_history(till: Till) -> None:
    order = await placed(till, "meal", "coffee", table="7", covers=2, discount=TEN_PERCENT)

    assert order["discount"] == {**TEN_PERCENT, "amount": 133}
    assert await listed(till) == [{**order, "lines": [], "history": []}]
    assert await listed(till, "table=7") == await listed(till)
    assert await listed(till, "table=70") == []


async def test_order_42_of_a_day_is_found_by_its_number(till: Till) -> None:
    first = await placed(till, "meal")
    till.shop.advance(1)
    second = await placed(till, "penny")
    till.shop.advance(16 * 3600)  # The day ended at four in the morning.
    async with till.shop.till() as tomorrow, till.shop.stranger() as other:
        later = await placed(tomorrow, "meal")

        async def ids(query: str) -> list[str]:
            return [one["id"] for one in await listed(tomorrow, query)]

        assert (first["business_day"], later["business_day"]) == ("2026-03-04", "2026-03-05")
        assert await ids("business_day=2026-03-04") == [second["id"], first["id"]]
        assert await ids("business_day=2026-03-04&number=1") == [first["id"]]
        assert await ids("business_day=2026-03-05&number=1") == [later["id"]]
        assert await ids("business_day=2026-03-05&number=2") == []
        for wrong in ("number=1", "number=0&business_day=2026-03-04", "business_day=today"):
            answer = await tomorrow.call("GET", f"/orders?{wrong}")
            problem = refused(answer, 400, "invalid-request")
            assert problem["errors"][0]["pointer"] == f"/{wrong.partition('=')[0]}"
        assert await listed(other, "business_day=2026-03-04") == []


class Undone(Exception):
    """Nothing of what was written here is to stay."""


async def test_orders_are_found_by_their_public_state_in_every_cell(till: Till) -> None:
    await placed(till, "meal")
    cells = tuple(product(Stage, PaymentState, KitchenState))
    columns = (list(column) for column in zip(*cells, strict=True))

    with pytest.raises(Undone):
        async with till.shop.wiring.db.transaction(till.shop.merchant_id) as tx:
            await tx.fetch(
                """
                insert into orders (
                  merchant_id, id, location_id, business_day, number, stage, payment_state,
                  kitchen_state, currency, subtotal_minor, tax_total_minor, total_minor,
                  tax_by_rate, needs_preparation, content_hash, created_by, created_at, updated_at)
                select o.merchant_id, gen_random_uuid(), o.location_id, o.business_day, 1 + c.n,
                       c.stage, c.payment, c.kitchen, o.currency, 0, 0, 0, '{}', false, '',
                       o.created_by, o.created_at, o.updated_at
                from orders o, unnest($1::text[], $2::text[], $3::text[])
                  with ordinality as c (stage, payment, kitchen, n)
                """,
                *columns,
            )
            for state in State:
                found = [one for one, _ in await queries.orders(tx, OrderFilter(state=state), 200)]
                wanted = {n for n, cell in enumerate(cells, 2) if state_of(*cell) is state}
                assert {one.number for one in found} - {1} == wanted, state
                assert {one.state for one in found} == {state}
            raise Undone


async def test_times_are_half_open_and_say_where_on_earth_they_are_meant(till: Till) -> None:
    early = await placed(till, "penny")
    till.shop.advance(60)
    late = await placed(till, "penny")

    async def ids(query: str) -> list[str]:
        return [one["id"] for one in await listed(till, query)]

    assert await ids("from=2026-03-04T12:00:00Z") == [late["id"], early["id"]]
    assert await ids("from=2026-03-04T12:00:01Z") == [late["id"]]
    assert await ids("to=2026-03-04T12:01:00Z") == [early["id"]]
    assert await ids("from=2026-03-04T12:01:00Z&to=2026-03-04T12:01:00Z") == []
    assert await ids("from=2026-03-04T13:01:00%2B01:00") == [late["id"]]
    for wrong in ("2026-03-04", "2026-03-04T12:00:00", "noon", "", "0001-01-01T00:00:00%2B01:00"):
        for name in ("from", "to"):
            answer = await till.call("GET", f"/orders?{name}={wrong}")
            problem = refused(answer, 400, "invalid-request")
            assert problem["errors"][0]["pointer"] == f"/{name}", wrong


async def test_what_cannot_be_meant_is_pointed_at(till: Till) -> None:
    def cursor(*place: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")

    some_id = str(uuid4())
    cursors = (
        *("", "x", "e30", "bnVsbA", cursor(), cursor("2026-03-04T12:00:00Z")),
        *(cursor("2026-03-04T12:00:00", some_id), cursor("noon", some_id), cursor(1, some_id)),
        cursor("2026-03-04T12:00:00Z", "x"),
    )
    for after in cursors:
        problem = refused(await till.call("GET", f"/orders?after={after}"), 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == "/after", after
    for name, wrong in (
        *(("state", "open"), ("state", "PAID"), ("location_id", "here")),
        *(("limit", "0"), ("limit", "101"), ("limit", "x")),
    ):
        problem = refused(await till.call("GET", f"/orders?{name}={wrong}"), 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == f"/{name}", wrong
    for extreme in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        answer = await till.call("GET", f"/orders?after={cursor(extreme, some_id)}")
        refused(answer, 400, "invalid-request")
    for utmost in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"):
        assert await listed(till, f"after={cursor(utmost, some_id)}") == []


async def test_orders_are_found_by_location_and_never_another_shops(till: Till) -> None:
    order = await placed(till, "meal")
    here = f"location_id={till.shop.location_id}"

    assert [one["id"] for one in await listed(till, here)] == [order["id"]]
    assert await listed(till, f"location_id={uuid4()}") == []
    async with till.shop.stranger("admin") as stranger, till.shop.till("kitchen") as kitchen:
        assert await listed(stranger, here) == []
        assert await listed(stranger) == []
        assert len(await listed(kitchen)) == 1
