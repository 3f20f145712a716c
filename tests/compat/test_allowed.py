"""What needs a manager at a till that knows nothing of approvals: allowed, and then repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.compat.till import OldTill, item, old_till, told
from tests.staff.people import PIN, give_pin
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from tests.support.shop import Shop, Till


@pytest.fixture
async def old(shop: Shop) -> AsyncIterator[OldTill]:
    """Return a cashier at an existing till."""
    async with old_till(shop) as till:
        yield till


async def taken(till: OldTill, *lines: Any) -> dict[str, Any]:
    order: dict[str, Any] = told(await till.send("POST", "/orders", {"items": list(lines)}), 201)
    return order


async def test_what_a_manager_allowed_from_afar_is_done_when_the_till_repeats_it(
    old: OldTill, till: Till
) -> None:
    await give_pin(old.shop, "manager")
    both = item(old.shop, "meal"), item(old.shop, "coffee")
    order, other = await taken(old, *both), await taken(old, *both)
    for one in (order, other):
        told(await old.send("POST", f"/orders/{one['id']}/confirm"))
        said(await till.call("POST", f"/orders/{one['id']}/send", {}), 200)
    fewer = {"items": [item(old.shop, "coffee")]}
    calls: list[tuple[str, str, object]] = [
        ("PUT", f"/orders/{order['id']}", fewer),
        ("POST", f"/orders/{other['id']}/cancel?reason=Left", None),
    ]
    for call in calls:
        key = str(uuid4())
        asked = refused(await old.send(*call, key=key), 403, "approval-required")["approval"]
        again = refused(await old.send(*call, key=key), 403, "approval-required")["approval"]
        assert again["id"] == asked["id"]
        said(await till.call("POST", f"/approvals/{asked['id']}/approve", {"pin": PIN}), 200)
        async with old_till(old.shop, "colleague") as colleague:
            refused(await colleague.send(*call, key=str(uuid4())), 403, "approval-required")

        done = await old.send(*call, key=key)

        assert (await old.send(*call, key=key)).content == done.content
        told(done)
    used = await old.shop.rows("select from approvals where state = 'used'")
    assert len(used) == 2
    assert (await till.look(order))["total"] == 333
    assert (await till.look(other))["state"] == "canceled"
