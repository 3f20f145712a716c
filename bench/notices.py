"""How soon notifications are acknowledged: `python -m bench.notices` sends them at a fixed rate.

Each has a moment at which it is sent, whether or not the one before was answered; its time counts
from that moment, so that a server that stalls hides nothing.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import msgspec
import uvloop

from bench.figures import heading, p50_p99, table
from bench.rig import ask_database
from bench.till import Shop, Till
from fynlo.sandbox.webhooks import sign

if TYPE_CHECKING:
    from bench.rig import Rig

RATE: Final = 300
_LINES: Final = 32
_LEAD_SECONDS: Final = 0.5
_WARM_SECONDS: Final = 1.0
_KEPT: Final = "select count(*)::int as kept from notifications where event_id like $1"


class Sending(msgspec.Struct, frozen=True):
    """Where to send how many, signed with what, under which name."""

    shop: Shop
    secret: str
    run: str
    count: int


class Sent(msgspec.Struct, frozen=True):
    """How long each took to be acknowledged, and which statuses came."""

    milliseconds: list[float]
    statuses: list[int]


def event(run: str, number: int) -> bytes:
    """Write an event as the provider does."""
    intent = {
        "id": f"pi_{run}{number}",
        "object": "payment_intent",
        "amount": 1000,
        "amount_received": 1000,
        "currency": "gbp",
        "status": "succeeded",
        "metadata": {},
        "client_secret": f"pi_{run}{number}_secret_x",
    }
    said = {
        "id": f"evt_{run}{number}",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": intent},
    }
    return msgspec.json.encode(said)


async def run(wish: Sending) -> Sent:
    """Send them all in time, over connections that are kept."""
    tills = [await Till(wish.shop).connect() for _ in range(_LINES)]
    free: asyncio.Queue[Till] = asyncio.Queue()
    for till in tills:
        free.put_nowait(till)
    start = time.monotonic() + _LEAD_SECONDS

    async def one(number: int) -> tuple[float, int]:
        due = start + number / RATE
        body = event(wish.run, number)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        till = await free.get()
        signed = sign(body, wish.secret, int(time.time()))
        status, _ = await till.ask("/webhooks/stripe", body, key=signed, header="Stripe-Signature")
        free.put_nowait(till)
        return 1000 * (time.monotonic() - due), status

    found = await asyncio.gather(*(one(number) for number in range(wish.count)))
    for till in tills:
        till.close()
    warm = int(_WARM_SECONDS * RATE)
    return Sent([took for took, _ in found[warm:]], [status for _, status in found])


def main() -> None:
    """Read the plan, carry it out, write the report."""
    wish = msgspec.json.decode(sys.stdin.buffer.read(), type=Sending)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(wish))))


async def measure(rig: Rig, seconds: float) -> dict[str, Any]:
    """Tell one API process of payments, three hundred times a second; all of it must be kept."""
    name, count = uuid4().hex[:12], int((seconds + _WARM_SECONDS) * RATE)
    (secret, *_) = rig.config.stripe_webhook_secrets
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.notices"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    wish = Sending(rig.targets[1].shop, secret, name, count)
    answer, _ = await process.communicate(msgspec.json.encode(wish))
    if process.returncode:
        raise RuntimeError("The sender failed; what it says is above.")
    sent = msgspec.json.decode(answer, type=Sent)
    assert set(sent.statuses) == {200}, set(sent.statuses)
    (row,) = await ask_database(rig, _KEPT, f"evt_{name}%")
    assert row["kept"] == count, f"{row['kept']} of {count} were kept."
    heading(f"Notifications, {RATE} in a second, verified and stored (one API process)")
    table([("acknowledged (goal: p99 15 ms)", p50_p99(sent.milliseconds, of="notifications"))])
    return {"milliseconds": sent.milliseconds}


if __name__ == "__main__":
    main()
