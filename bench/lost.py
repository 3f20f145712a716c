"""How soon lost answers are found: the provider acts, its answers are lost, the resolver looks."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bench.figures import heading, p50_p99, table
from bench.rig import ask_database, one_more, provider_books, provider_must
from bench.till import at_every_register

if TYPE_CHECKING:
    from bench.rig import Rig
    from bench.till import Till

LOST: Final = 200
FOUND_SECONDS_MAX: Final = 60
_TRUTH: Final = """
  select t.status, (1000 * extract(epoch from t.completed_at - o.first_sent_at))::float as took
  from transactions t
  join operations o on o.merchant_id = t.merchant_id and o.transaction_id = t.id
  where t.id = any($1::uuid[])
"""


async def measure(rig: Rig, _seconds: float) -> dict[str, Any]:
    """Lose the answers of two hundred charges at sixteen tills, with a worker beside the API."""
    before = len(await provider_books(rig))
    base = rig.config.stripe_api_base
    async with one_more(rig, stripe_api_base=base, with_worker=True) as target:
        match = {"method": "POST", "path": "/v1/payment_intents"}
        await provider_must(rig, "faults", kind="lost_answer", match=match, times=LOST)
        keys: list[str] = []

        async def lose(till: Till) -> None:
            while len(keys) < LOST:
                order = await till.create()
                await till.validate(order)
                if len(keys) >= LOST:
                    return
                keys.append(order.id)
                payment = {"method": "card", "amount": order.total}
                payment |= {"payment_method_id": "pm_card_visa"}
                body = msgspec.json.encode({"order_id": order.id, "payments": [payment]})
                status, answer = await till.ask("/transactions/process", body, key=order.id)
                assert status == 202, answer

        await at_every_register(target.shop, lose)
        milliseconds = await _found(rig, keys)
    intents = await provider_books(rig)
    taken = sum(one["status"] == "succeeded" for one in intents[: len(intents) - before])
    assert taken == len(keys) == LOST, f"{taken} charges were made for {len(keys)} payments."
    share = sum(one < 10_000 for one in milliseconds) / len(milliseconds)
    heading(f"{LOST} lost answers while the provider is up (one API process, one worker)")
    table(
        [
            ("from the call to the truth", p50_p99(milliseconds, of="lost answers")),
            ("within 10 s (goal: 99 %)", f"{100 * share:.1f} %"),
            ("taken twice", "none: the provider's books agree"),
        ]
    )
    return {"milliseconds": milliseconds}


async def _found(rig: Rig, keys: list[str]) -> list[float]:
    start = time.monotonic()
    while time.monotonic() - start < FOUND_SECONDS_MAX:
        rows = await ask_database(rig, _TRUTH, keys)
        if len(rows) == len(keys) and {row["status"] for row in rows} == {"completed"}:
            return [row["took"] for row in rows]
        await asyncio.sleep(0.2)
    raise RuntimeError("Some lost answers were not found within a minute.")
