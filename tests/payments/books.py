"""Both sides of one transaction once all is quiet: what we say, and what the provider has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fynlo.payments.resolve import resolve_due

if TYPE_CHECKING:
    from tests.support.shop import Shop, Till

ROUNDS_MAX: Final = 60
_OPEN: Final = {"requires_capture", "requires_action", "processing"}
UNDONE: Final = {"declined", "canceled", "expired"}


def is_whole() -> bool:
    """Whether enumerations leave nothing out, however long it takes."""
    return os.environ.get("ENUMERATE") == "all"


async def quiet(shop: Shop) -> None:
    """Let time pass from one due moment to the next, with nobody but the resolver at work."""
    for _ in range(ROUNDS_MAX):
        (row,) = await shop.rows("select min(due_at) as due from transactions")
        if row["due"] is None:
            return
        shop.advance(max((row["due"] - shop.wiring.clock.now()).total_seconds(), 0))
        await resolve_due(shop.ports())
    rows = await shop.rows("select * from transactions where due_at is not null")
    raise AssertionError(f"it does not end: {rows}")


@dataclass(frozen=True)
class Books:
    """One transaction as both sides see it."""

    status: str | None  # None: it was never journaled.
    received: int
    intents: tuple[dict[str, Any], ...]


async def books(
    shop: Shop, order: dict[str, Any], transaction_id: str, *, is_alone: bool = True
) -> Books:
    """Compare both sides of one transaction that ended, to the penny; return what they say."""
    rows = await shop.rows(
        "select status, needs_attention, reserved_minor from transactions where id = $1",
        transaction_id,
    )
    intents = tuple(
        one
        for one in await shop.provider.intents()
        if one["metadata"].get("transaction_id") == transaction_id
    )
    received = sum(one["amount_received"] - one["amount_refunded"] for one in intents)
    asked = await _asked(shop, transaction_id)
    status = rows[0]["status"] if rows else None
    assert not [one for one in intents if one["status"] in _OPEN], intents
    taken = [one["metadata"]["payment_id"] for one in intents if one["amount_received"]]
    assert len(taken) == len(set(taken)), f"charged twice: {intents}"
    assert received == (sum(asked.values()) if status == "completed" else 0), (status, intents)
    if status == "completed":
        assert {one["metadata"]["payment_id"]: one["amount_received"] for one in intents} == asked
    assert not is_alone or await _booked(shop, order) == received
    if rows:
        assert not rows[0]["needs_attention"]
        assert rows[0]["reserved_minor"] == 0
        assert status in UNDONE | {"completed"}
    return Books(status, received, intents)


async def _asked(shop: Shop, transaction_id: str) -> dict[str, int]:
    rows = await shop.rows(
        "select id, amount_minor + tip_minor as minor from tenders"
        " where transaction_id = $1 and type = 'card'",
        transaction_id,
    )
    return {str(row["id"]): row["minor"] for row in rows}


async def _booked(shop: Shop, order: dict[str, Any]) -> int:
    (row,) = await shop.rows(
        "select coalesce(sum(case when debit_account = 'card_clearing' then amount_minor"
        " else -amount_minor end), 0)::bigint as minor from ledger_postings"
        " where order_id = $1 and 'card_clearing' in (debit_account, credit_account)",
        order["id"],
    )
    minor: int = row["minor"]
    return minor


async def owed(till: Till, order: dict[str, Any]) -> tuple[int, int]:
    """Return what the order still needs, and what is kept from being paid by others."""
    found = await till.look(order)
    return found["amount_due"], found["amount_reserved"]
