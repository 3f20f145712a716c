"""How soon lost answers are found: the provider acts, its answers are lost, the resolver looks."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from bench.figures import heading, p50_p99, table
from bench.rig import ask_database, one_more, provider_books, provider_must
from bench.rush import Crowd, rushed

if TYPE_CHECKING:
    from bench.rig import Rig

LOST: Final = 200
_LOST: Final = 202
FOUND_SECONDS_MAX: Final = 60
_TRUTH: Final = """
  select t.status, (1000 * extract(epoch from t.completed_at - o.first_sent_at))::float as took
  from transactions t
  join operations o on o.merchant_id = t.merchant_id and o.transaction_id = t.id
  where t.id = any($1::uuid[])
"""


async def measure(rig: Rig, _seconds: float) -> dict[str, Any]:
    """Lose the answers of two hundred charges at one instant, with a worker beside the API."""
    before = len(await provider_books(rig))
    base = rig.config.stripe_api_base
    async with one_more(rig, stripe_api_base=base, with_worker=True) as target:
        match = {"method": "POST", "path": "/v1/payment_intents"}
        await provider_must(rig, "faults", kind="lost_answer", match=match, times=LOST)
        crowd = await rushed(Crowd(target.shop, LOST, asks_again=False))
        answers = zip(crowd.keys, crowd.statuses, strict=True)
        lost = [key for key, status in answers if status == _LOST]
        assert lost, f"No answer was lost: {set(crowd.statuses)}."
        milliseconds = await _found(rig, lost)
    intents = await provider_books(rig)
    taken = sum(one["status"] == "succeeded" for one in intents[: len(intents) - before])
    assert taken == LOST, f"{taken} charges were made for {LOST} payments."
    share = sum(one < 10_000 for one in milliseconds) / len(milliseconds)
    heading(f"{len(lost)} lost answers while the provider is up (one API process, one worker)")
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
