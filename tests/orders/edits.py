"""How these tests edit an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.shop import said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Till

TEN_PERCENT = {"type": "percent", "value": 1000}
HALF = {"type": "percent", "value": 5000}
CHEAPER = {"unit_price": 700, "reason": "The plate was cold."}


async def allow(till: Till, basis_points: int) -> None:
    async with till.shop.till("admin") as admin:
        wish = {"discount_limit": basis_points}
        said(await admin.call("PATCH", "/settings", wish), 200)


def path(order: dict[str, Any], line: dict[str, Any] | None = None) -> str:
    of = f"/orders/{order['id']}"
    return of if line is None else f"{of}/lines/{line['id']}"


async def add(
    till: Till, order: dict[str, Any], *lines: dict[str, Any], key: str | None = None
) -> httpx.Response:
    return await till.call("POST", f"{path(order)}/lines", {"lines": list(lines)}, key=key)


async def change(
    till: Till, order: dict[str, Any], line: dict[str, Any], **wish: Any
) -> httpx.Response:
    return await till.call("PATCH", path(order, line), {"version": line["version"], **wish})


async def take_off(till: Till, order: dict[str, Any], line: dict[str, Any]) -> httpx.Response:
    return await till.call("DELETE", f"{path(order, line)}?version={line['version']}")


async def patch(till: Till, order: dict[str, Any], **wish: Any) -> httpx.Response:
    return await till.call("PATCH", path(order), {"version": order["version"], **wish})


async def modifier(till: Till, name: str, delta: int) -> str:
    wish = {"name": name, "price_delta": delta, "currency": "GBP"}
    return str(said(await till.call("POST", "/modifiers", wish), 201)["id"])


async def put(till: Till, order: dict[str, Any], *lines: dict[str, Any]) -> httpx.Response:
    body = {"version": order["version"], "lines": list(lines)}
    return await till.call("PUT", f"{path(order)}/lines", body)
