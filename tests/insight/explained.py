"""Ask why an order is (not) paid, and read the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.support.shop import said

if TYPE_CHECKING:
    from tests.support.shop import Till

NO: Final = "pm_card_visa_chargeDeclined"
TAKEN: Final = ["order.created", "order.validated"]
BEGUN: Final = ["transactions.process", "transaction.started"]


async def explained(till: Till, order: dict[str, Any]) -> dict[str, Any]:
    return said(await till.call("GET", f"/orders/{order['id']}/explain"), 200)


async def verdict(till: Till, order: dict[str, Any]) -> str:
    text: str = (await explained(till, order))["verdict"]
    return text


def codes(found: dict[str, Any]) -> list[str]:
    return [one["what"] for one in found["evidence"]]


def transfer(amount: int) -> dict[str, Any]:
    return {"method": "bank_transfer", "amount": amount}


async def exception_id(till: Till, kind: str = "unresolved") -> str:
    (row,) = await till.shop.rows("select id from exceptions where kind = $1", kind)
    return str(row["id"])
