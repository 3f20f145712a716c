"""Two whole shops: whatever one says, in every place of every call, it never meets the other."""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import product
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pytest

from fynlo.platform.relay import relay_due
from tests.http.document import calls
from tests.http.furnished import furnish
from tests.http.hunted import OWN, hunts, request, request_of
from tests.http.told import TAKES_ITEMS
from tests.support.provider import Provider
from tests.support.serve import http_client
from tests.support.shop import said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.http.furnished import Furnished
    from tests.http.hunted import Request
    from tests.support.shop import Shop

HUNTS: Final = hunts()
STRANGE: Final = [one for one in HUNTS if one.kind != OWN]
LEAVE: Final = [one for one in STRANGE if one.is_of_leave]
READS: Final = [one for one in calls() if one.method == "GET" and not one.is_public]

EMPTY: Final = (200, '{"items":[],"next":null}')
NOTHING: Final = (200, '{"success":true,"data":[]}')
UNKNOWN: Final = {
    "approval": "The person, or their PIN or password, is wrong.",
    "approval_id": "There is no such approval.",
}
REFUSED: Final = {
    # A list of what another merchant has is a list of nothing.
    "GET /api/v1/registers query location_id": EMPTY,
    "GET /api/v1/auth/sessions query staff_id": EMPTY,
    "GET /api/v1/products query category_id": EMPTY,
    "GET /api/v1/orders query location_id": EMPTY,
    "GET /api/v1/transactions query order_id": EMPTY,
    "GET /api/v1/kitchen/tickets query location_id": EMPTY,
    "GET /api/v1/kitchen/tickets query station_id": EMPTY,
    "GET /api/v1/stations query location_id": EMPTY,
    "GET /api/v1/approvals query target_id": EMPTY,
    "GET /api/v1/audit query actor_id": EMPTY,
    "GET /api/v1/audit query target_id": EMPTY,
    "GET /api/v1/products query barcode": EMPTY,
    "GET /api/v1/till/products query category_id": NOTHING,
    "POST /api/v1/products/search body category_id": NOTHING,
    "POST /api/v1/products/batch body ids.[]": NOTHING,
    # A body that names what there is not cannot be meant: it is pointed at.
    "POST /api/v1/registers body location_id": (400, '"pointer":"/location_id"'),
    "POST /api/v1/staff body location_ids.[]": (400, '"pointer":"/location_ids/0"'),
    "PATCH /api/v1/staff/{staff_id} body location_ids.[]": (400, '"pointer":"/location_ids/0"'),
    "POST /api/v1/products body tax_rate_id": (400, '"pointer":"/tax_rate_id"'),
    "POST /api/v1/products body category_id": (400, '"pointer":"/category_id"'),
    "POST /api/v1/products body modifier_ids.[]": (400, '"pointer":"/modifier_ids/0"'),
    "PATCH /api/v1/products/{product_id} body tax_rate_id": (400, '"pointer":"/tax_rate_id"'),
    "PATCH /api/v1/products/{product_id} body category_id": (400, '"pointer":"/category_id"'),
    "PATCH /api/v1/products/{product_id} body modifier_ids.[]": (400, '"/modifier_ids/0"'),
    "PUT /api/v1/locations/{location_id}/tax-rates/{rate_id} body applied_rate_id": (
        *(400, '"pointer":"/applied_rate_id"'),
    ),
    "POST /api/v1/orders body location_id": (400, '"pointer":"/location_id"'),
    "POST /api/v1/orders body register_id": (400, '"pointer":"/register_id"'),
    "POST /api/v1/drawers/sessions body register_id": (400, '"pointer":"/register_id"'),
    "POST /api/v1/stations body location_id": (400, '"pointer":"/location_id"'),
    "POST /api/v1/stations body category_ids.[]": (400, '"pointer":"/category_ids/0"'),
    "PATCH /api/v1/stations/{station_id} body category_ids.[]": (400, '"/category_ids/0"'),
    "POST /api/v1/orders/{order_id}/split body lines.[].line_id": (
        *(400, '"pointer":"/lines/0/line_id"'),
    ),
    "POST /api/v1/pos/sessions body config_id": (400, '"pointer":"/config_id"'),
    # Nothing is for sale that is not on the menu, and nobody signs in who does not work here.
    **{
        f"{call} body lines.[].product_id": (422, "product-unavailable")
        for call in (
            "POST /api/v1/orders",
            "POST /api/v1/orders/{order_id}/lines",
            "PUT /api/v1/orders/{order_id}/lines",
        )
    },
    **{
        f"{call}modifiers.[].id": (422, "modifier-not-offered")
        for call in (
            "POST /api/v1/orders body lines.[].",
            "POST /api/v1/orders/{order_id}/lines body lines.[].",
            "PUT /api/v1/orders/{order_id}/lines body lines.[].",
            "PATCH /api/v1/orders/{order_id}/lines/{line_id} body ",
        )
    },
    **{
        f"{call} body {lines}.[].{place}": refusal
        for call, lines, (place, refusal) in product(
            TAKES_ITEMS,
            ("lines", "items"),
            (
                ("product_id", (422, "product-unavailable")),
                ("modifiers.[].id", (422, "modifier-not-offered")),
            ),
        )
    },
    "POST /api/v1/auth/pin body staff_id": (401, "invalid-credentials"),
    # Nobody of another merchant allows anything here, though their PIN is right.
    **{str(one): (403, f'{UNKNOWN[one.place[0]]}","code":"approval-invalid"') for one in LEAVE},
}
# Whoever had a turn before has changed the order, recalled the ticket, or counted; and nobody
# takes cards here.
_EDITED: Final = frozenset({200, 201, 204, 409})
LATER: Final = {
    "POST /api/v1/orders/{order_id}/lines": _EDITED,
    "POST /api/v1/orders/{order_id}/validate": _EDITED,
    "PUT /api/v1/orders/{order_id}/lines": _EDITED,
    "PATCH /api/v1/orders/{order_id}/lines/{line_id}": _EDITED,
    "DELETE /api/v1/orders/{order_id}/lines/{line_id}": _EDITED,
    "POST /api/v1/orders/{order_id}/split": frozenset({201, 409}),
    "POST /api/v1/orders/{order_id}/merge": frozenset({200, 409}),
    "POST /api/v1/kitchen/tickets/{ticket_id}/serve": frozenset({409}),
    "PUT /api/v1/pos/sessions/{session_id}/state": frozenset({409}),
    "POST /api/v1/transactions/process": _EDITED,
    "POST /api/v1/drawers/sessions/{session_id}/close": frozenset({422}),
    "POST /api/v1/exceptions/{exception_id}/resolve": frozenset({200, 422}),
}
CONTROLLED: Final = [one for one in STRANGE if one not in LEAVE]
ENDS: Final = ("GET", "PATCH", "POST", "PUT", "DELETE")
"""In this order one's own calls spoil each other least."""

PAGED: Final = [
    call
    for call in READS
    if any(
        one["name"] == "after" and one["schema"].get("type") != "integer"
        for one in call.operation.get("parameters", ())
    )
]
TWINS: Final = {
    "POST /api/v1/stations": "station",
    "POST /api/v1/till/orders": "spare order",
    "PUT /api/v1/orders/{order_id}": "order",
    "PUT /api/v1/orders/{order_id} body session_id": "drawer",
    "POST /api/v1/locations": "location",
    "POST /api/v1/registers": "register",
    "POST /api/v1/staff": "staff",
    "POST /api/v1/registers/{register_id}/devices": "device",
    "POST /api/v1/api-keys": "key",
    "POST /api/v1/products": "product",
    "POST /api/v1/categories": "category",
    "POST /api/v1/modifiers": "modifier",
    "POST /api/v1/tax-rates": "rate",
    "POST /api/v1/orders": "order",
    "POST /api/v1/orders/{order_id}/lines": "line",
    "PUT /api/v1/orders/{order_id}/lines": "line",
}
NOT_FOUND: Final = (404, '"code":"not-found"')


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Return a provider that is not there: nobody pays by card here."""
    async with http_client() as http:
        yield Provider("http://127.0.0.1:9", http)


@asynccontextmanager
async def two_shops(shop: Shop) -> AsyncIterator[tuple[Furnished, Furnished]]:
    """Furnish two shops of one installation; the first is the one that is audited."""
    async with shop.till("admin") as admin, shop.stranger("admin") as stranger:
        yield await furnish(admin, "theirs"), await furnish(stranger, "mine")


async def send(who: Furnished, one: Request, token: str = "", **query: str) -> httpx.Response:
    headers = {"Idempotency-Key": str(uuid4()), "X-Device-Token": who.device_token}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return await who.till.http.request(
        one.call.method, one.url, params={**one.query, **query}, headers=headers, json=one.body
    )


async def all_rows(shop: Shop) -> dict[str, list[str]]:
    """Read every row of every table that a merchant has rows in."""
    names = await shop.rows(
        "select relname from pg_class where relnamespace = 'fynlo'::regnamespace"
        " and relkind = 'r' and has_table_privilege(oid, 'select') order by relname"
    )
    found = {}
    for name in (one["relname"] for one in names):
        rows = await shop.rows(f"select t::text as row from {name} t order by 1")
        found[name] = [row["row"] for row in rows]
    return found


def test_every_exception_of_the_hunt_is_a_place_of_a_call() -> None:
    assert set(REFUSED) <= {str(one) for one in STRANGE}
    assert len(STRANGE) > 150


async def test_x14_no_place_of_any_call_takes_what_is_another_merchants(shop: Shop) -> None:
    async with two_shops(shop) as (theirs, mine):
        before = await all_rows(shop), await all_rows(mine.till.shop)
        wrong = {}
        for hunt in STRANGE:
            prey = theirs.ids[hunt.kind]
            token = mine.cashier_token if hunt.is_of_leave else ""
            answer = await send(mine, request_of(hunt, mine.ids).put(hunt, prey), token)
            status, text = REFUSED.get(str(hunt), NOT_FOUND)
            if answer.status_code != status or text not in answer.text:
                wrong[str(hunt)] = f"{answer.status_code} {answer.text}"
            if told := theirs.found_in(answer.text, prey):
                wrong[str(hunt)] = f"tells {told}"
        assert wrong == {}
        assert (await all_rows(shop), await all_rows(mine.till.shop)) == before

        # The same calls are not refused for that when everything is the shop's own.
        refusals = {}
        for hunt in LEAVE:
            answer = await send(mine, request_of(hunt, mine.ids), mine.cashier_token)
            code = "approval-required" if hunt.place == ("approval_id",) else "self-approval"
            if answer.status_code != 403 or answer.json()["code"] != code:
                refusals[str(hunt)] = f"{answer.status_code} {answer.text}"
        for hunt in sorted(CONTROLLED, key=lambda one: ENDS.index(one.call.method)):
            answer = await send(mine, request_of(hunt, mine.ids))
            is_blind = REFUSED.get(str(hunt)) == (200, answer.text)
            if is_blind or answer.status_code not in LATER.get(str(hunt.call), {200, 201, 204}):
                refusals[str(hunt)] = f"{answer.status_code} {answer.text}"
        assert refusals == {}


async def test_x14_an_id_that_another_merchant_minted_is_nobodys_here(shop: Shop) -> None:
    async with two_shops(shop) as (theirs, mine):
        before = await all_rows(shop)
        for hunt in HUNTS:
            if hunt.kind == OWN:
                prey = theirs.ids[TWINS.get(str(hunt)) or TWINS[str(hunt.call)]]
                answer = await send(mine, request_of(hunt, mine.ids).put(hunt, prey))
                assert answer.status_code in {200, 201, 409}, (str(hunt), answer.text)
                assert answer.status_code != 409 or "version-conflict" in answer.text
                assert not theirs.found_in(answer.text, prey), hunt
        assert await all_rows(shop) == before


async def test_x14_nothing_that_is_read_tells_of_another_merchant(shop: Shop) -> None:
    async with two_shops(shop) as (theirs, mine):
        for one, other in ((mine, theirs), (theirs, mine)):
            for call in READS:
                answer = await send(one, request(call, one.ids))
                assert answer.status_code == 200, (call, answer.text)
                assert not other.found_in(answer.text), call
            everything = await send_plain(one)
            assert all(one.word in text for text in everything.values()), everything
            assert not other.found_in("".join(everything.values()))


async def test_x14_a_cursor_of_another_merchants_shows_ones_own_and_nothing_else(
    shop: Shop,
) -> None:
    async with two_shops(shop) as (theirs, mine):
        cursors = {}
        for call in PAGED:
            about = request(call, theirs.ids)
            about.query = {}
            page = said(await send(theirs, about, limit="1"), 200)
            assert page["next"] is not None, call
            cursors[str(call)] = page["next"]
            about = request(call, mine.ids)
            about.query = {}
            answer = await send(mine, about, after=page["next"])
            assert answer.status_code == 200, call
            assert not theirs.found_in(answer.text), call
        assert len(cursors) >= 11


async def test_x14_events_of_one_merchant_name_nobody_elses(shop: Shop) -> None:
    async with two_shops(shop) as (theirs, mine):
        for one, other in ((mine, theirs), (theirs, mine)):
            waiting = str(await one.till.shop.rows("select * from outbox"))
            assert one.ids["order"] in waiting
            assert not other.found_in(waiting)
        while await relay_due(shop.wiring.payment_ports(), None):
            pass
        for one, other in ((mine, theirs), (theirs, mine)):
            numbered = await one.till.shop.rows("select * from events order by sequence")
            assert [row["sequence"] for row in numbered] == list(range(1, len(numbered) + 1))
            assert one.ids["order"] in str(numbered)
            assert not other.found_in(str(numbered))


async def send_plain(who: Furnished) -> dict[str, str]:
    """Read what must have the shop's own word: the sheet, the explanation, the trail, the menu."""
    found = {}
    plain = ("catalog/export", f"orders/{who.ids['order']}/explain", "exceptions")
    for path in (*plain, "audit", "audit/export", "till/products"):
        answer = await who.till.http.get(f"/api/v1/{path}")
        assert answer.status_code == 200
        found[path] = answer.text
    return found
