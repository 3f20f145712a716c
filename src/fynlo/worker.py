"""The same wiring as the API, for what nobody waits for: resolver, inbox, relay, chain, days."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from redis.asyncio import Redis

from fynlo.ledger.close_days import close_days
from fynlo.main import wire
from fynlo.notifications.handle import handle_due
from fynlo.payments.resolve import resolve_due
from fynlo.platform.chain import chain_due
from fynlo.platform.relay import relay_due
from fynlo.platform.telemetry import configure_logs, log
from fynlo.retention.sweep_daily import sweep_daily
from fynlo.staff.forget import forget
from fynlo.staff.send_resets import send_resets

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fynlo.config import Config
    from fynlo.platform.background import Background

BUSY_SECONDS: Final = 0.05
IDLE_SECONDS_MAX: Final = 0.5
DRAIN_SECONDS: Final = 10
CALL_SECONDS: Final = 2.0
RESOLVERS: Final = 4
"""How many rounds go on at once: a call that hangs delays only what was taken up with it."""

RARELY_SECONDS: Final = 600.0
"""How often is looked at what changes by the hour: whether a day has ended, what is old."""


async def run(config: Config) -> None:
    """Work until cancelled; what is under way is finished first, as far as time allows."""
    configure_logs(config.log)
    wiring = await wire(config)
    ports = wiring.payment_ports()
    valkey = _valkey(config.cache_url)
    try:
        async with asyncio.TaskGroup() as tasks:
            behind = ports.background
            for number in range(1, RESOLVERS + 1):
                resolve = partial(resolve_due, ports)
                tasks.create_task(_again(behind, f"resolver {number}", resolve))
                handle = partial(handle_due, ports, wiring.inbox.handlers)
                tasks.create_task(_again(behind, f"notifications {number}", handle))
            tasks.create_task(_again(behind, "relay", lambda: relay_due(ports, valkey)))
            tasks.create_task(_again(behind, "audit", partial(chain_due, ports)))
            tasks.create_task(_again(behind, "ledger", lambda: close_days(ports), RARELY_SECONDS))
            tasks.create_task(_again(behind, "sign-in", partial(forget, ports), RARELY_SECONDS))
            sweep = partial(sweep_daily, ports)
            tasks.create_task(_again(behind, "retention", sweep, RARELY_SECONDS))
            mail = partial(send_resets, wiring.staff_ports())
            tasks.create_task(_again(behind, "mail", mail))
    finally:
        await ports.background.drain(DRAIN_SECONDS)
        if valkey is not None:
            await valkey.aclose()
        await wiring.close()


def _valkey(url: str | None) -> Redis | None:
    if url is None:
        return None
    return Redis.from_url(url, socket_timeout=CALL_SECONDS, socket_connect_timeout=CALL_SECONDS)


async def _again(
    background: Background,
    name: str,
    work: Callable[[], Coroutine[Any, Any, int]],
    idle_seconds: float = IDLE_SECONDS_MAX,
) -> None:
    """Do the work again and again: at once while there is some, rarely while there is none."""
    pause = BUSY_SECONDS
    while True:
        try:
            # A round that has begun goes on when the worker is told to stop: `run` waits for it.
            done = await asyncio.shield(background.start(work()))
        except Exception as error:  # noqa: BLE001 - one bad round must not stop the shop
            log.error("worker round failed", loop=name, exc_info=error)
            done = 0
        pause = BUSY_SECONDS if done else min(2 * pause, idle_seconds)
        await asyncio.sleep(pause)
