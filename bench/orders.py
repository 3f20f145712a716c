"""Taking orders and editing their lines: what a waiter waits for, one call at a time."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import aiohttp

from bench.figures import heading, p50_p99, table
from bench.rig import analyze

if TYPE_CHECKING:
    from bench.rig import Rig

ORDERS: Final = 300
_LINES: Final = 5
_WARM_UP: Final = 20


async def measure(rig: Rig, _seconds: float) -> dict[str, Any]:
    """Take orders of one line and of several, then add, change and remove a line of each."""
    shop = rig.targets[1].shop
    headers = {"Authorization": f"Bearer {shop.token}"}
    base = f"http://{shop.host}:{shop.port}/api/v1/"
    found: dict[str, list[float]] = {}
    async with aiohttp.ClientSession(base, headers=headers) as http:
        line = {"product_id": shop.products[0], "quantity": 1}
        for number in range(_WARM_UP + ORDERS):
            if number == _WARM_UP:
                await analyze(rig)
                found = {}
            await _edited(http, found, shop.registers[number % len(shop.registers)], line)
    heading(f"{ORDERS} orders (one call at a time, one API process)")
    table((name, p50_p99(taken, of="calls")) for name, taken in found.items())
    return found


async def _edited(
    http: aiohttp.ClientSession, found: dict[str, list[float]], register: str, line: dict[str, Any]
) -> None:
    """Take two orders and edit the one of one line in every way; note how long each call took."""

    async def timed(name: str, method: str, path: str, status: int, body: Any = None) -> Any:
        start = perf_counter()
        async with http.request(
            method, path, json=body, headers={"Idempotency-Key": str(uuid4())}
        ) as answer:
            told = await answer.json()
        found.setdefault(name, []).append(1000 * (perf_counter() - start))
        assert answer.status == status, told
        return told

    many = {"register_id": register, "lines": [line] * _LINES}
    await timed(f"an order of {_LINES} lines", "POST", "orders", 201, many)
    one = {"register_id": register, "lines": [line]}
    order = await timed("an order of one line", "POST", "orders", 201, one)
    lines = f"orders/{order['id']}/lines"
    order = await timed("a line added", "POST", lines, 200, {"lines": [line]})
    first = order["lines"][0]
    change = {"quantity": 2, "version": first["version"]}
    order = await timed("a line changed", "PATCH", f"{lines}/{first['id']}", 200, change)
    gone = order["lines"][-1]
    path = f"{lines}/{gone['id']}?version={gone['version']}"
    order = await timed("a line removed", "DELETE", path, 200)
    put = {"version": order["version"], "lines": [line] * _LINES}
    await timed(f"{_LINES} lines put", "PUT", lines, 200, put)
