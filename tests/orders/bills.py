"""How these tests split orders and bring them together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.orders.edits import path
from tests.support.shop import said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Till


def taken(line: dict[str, Any], quantity: object) -> dict[str, Any]:
    return {"line_id": line["id"], "quantity": quantity}


async def split(
    till: Till, order: dict[str, Any], *lines: dict[str, Any], key: str | None = None, **more: Any
) -> httpx.Response:
    body = {"version": order["version"], "lines": list(lines), **more}
    return await till.call("POST", f"{path(order)}/split", body, key=key)


async def merge(
    till: Till, order: dict[str, Any], *others: dict[str, Any], key: str | None = None
) -> httpx.Response:
    come = [{"order_id": one["id"], "version": one["version"]} for one in others]
    body = {"version": order["version"], "from": come}
    return await till.call("POST", f"{path(order)}/merge", body, key=key)


async def queue(till: Till) -> list[dict[str, Any]]:
    """List what the kitchen has before it."""
    items: list[dict[str, Any]] = said(await till.call("GET", "/kitchen/tickets"), 200)["items"]
    return items


def history(order: dict[str, Any]) -> list[tuple[str | None, str, str | None]]:
    return [(one["from"], one["to"], one["reason"]) for one in order["history"]]
