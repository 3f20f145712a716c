"""What somebody does with a drawer over HTTP, and what a shop may have decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.kernel.ids import LocationId, derive
from tests.support.shop import said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Shop, Till

Drawer = dict[str, Any]


async def move(till: Till, drawer: Drawer, kind: str, amount: int) -> None:
    body = {"type": kind, "amount": amount, "reason": "Coins"}
    said(await till.call("POST", f"/drawers/sessions/{drawer['id']}/movements", body), 201)


async def count(
    till: Till, drawer: Drawer, counted: object = None, *, key: str | None = None, **more: object
) -> httpx.Response:
    body = more if counted is None else {"counted": counted, **more}
    return await till.call("POST", f"/drawers/sessions/{drawer['id']}/count", body, key=key)


async def close(
    till: Till,
    drawer: Drawer,
    left: object,
    deposit: object = 0,
    *,
    key: str | None = None,
    **more: object,
) -> httpx.Response:
    body = {"left_in_drawer": left, "deposit": deposit, **more}
    return await till.call("POST", f"/drawers/sessions/{drawer['id']}/close", body, key=key)


async def count_and_close(till: Till, drawer: Drawer, left: int, deposit: int = 0) -> Drawer:
    said(await count(till, drawer, left + deposit), 200)
    return said(await close(till, drawer, left, deposit), 200)


async def report(till: Till, drawer: Drawer) -> dict[str, Any]:
    return said(await till.call("GET", f"/drawers/sessions/{drawer['id']}/report"), 200)


async def decide(shop: Shop, **rules: object) -> None:
    """Let the shop's rules be these."""
    for name, value in rules.items():
        await shop.rows(f"update settings set {name} = $1 returning version", value)


async def send_away(shop: Shop, *who: str) -> None:
    """Let people work at another location, and no more at the shop's first one."""
    ids, elsewhere = [shop.staff_id(one) for one in who], [derive(shop.merchant_id, "elsewhere")]
    sql = "update staff set location_ids = $1 where id = any($2) returning id"
    assert len(await shop.rows(sql, elsewhere, ids)) == len(who)


async def open_location(shop: Shop, name: str, unit: str) -> LocationId:
    """Give the shop another location, with a stew at 10.00 of its currency."""
    location_id, now = LocationId(derive(shop.merchant_id, name)), shop.wiring.clock.now()
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        tx.write(
            "insert into locations (merchant_id, id, name, country, currency, timezone, created_at)"
            " values ($1, $2, $3, 'IE', $4, 'Europe/Dublin', $5)",
            *(shop.merchant_id, location_id, name, unit, now),
        )
        tx.write(
            "insert into products (merchant_id, id, name, price_minor, currency, tax_rate_id,"
            " tax_included, created_at) values ($1, $2, 'Stew', 1000, $3, $4, true, $5)",
            *(shop.merchant_id, derive(location_id, "stew"), unit),
            *(derive(shop.merchant_id, "tax:20"), now),
        )
    return location_id


async def order_at(till: Till, location_id: LocationId) -> dict[str, Any]:
    """Sell the location's stew, at no register."""
    lines = [{"product_id": str(derive(location_id, "stew")), "quantity": 1}]
    body = {"location_id": str(location_id), "lines": lines}
    order = said(await till.call("POST", "/orders", body), 201)
    return said(await till.call("POST", f"/orders/{order['id']}/validate", {}), 200)
