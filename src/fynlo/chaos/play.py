"""A whole run: a server, its tills, their trouble, the rest, and the verdict."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import aiohttp

from fynlo.chaos.chance import stream
from fynlo.chaos.evidence import gather
from fynlo.chaos.expiry import let_holds_run_out
from fynlo.chaos.invariants import breaches
from fynlo.chaos.journal import Journal
from fynlo.chaos.postman import Postman
from fynlo.chaos.report import Report, report
from fynlo.chaos.rest import ask_again, come_to_rest
from fynlo.chaos.sale import Counter
from fynlo.chaos.server import START_TRIES_MAX, NotServing, Server
from fynlo.chaos.till import CLOCK, Person, Till
from fynlo.chaos.trouble import Trouble
from fynlo.chaos.world import World
from fynlo.kernel.ids import MerchantId

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

    from fynlo.chaos.plan import Wish

FLOAT: Final = 20_000
_THINK_SECONDS_MAX: Final = 0.3


@dataclass(frozen=True)
class Setup:
    """How a server is started here, and who works at it. The manager comes first."""

    command: Sequence[str]
    folder: Path
    port: int
    people: Sequence[Person]
    start_tries_max: int = START_TRIES_MAX


async def play(setup: Setup, wish: Wish, tell: Callable[[str], None]) -> Report:
    """Run it all once. Raises `NotServing` when the server does not come up at all."""
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        server = Server(setup.command, setup.folder, setup.port, http, setup.start_tries_max)
        stack.push_async_callback(server.stop)
        await server.start()
        world = World(http, server.sandbox_url)
        tills = await _open_shop(setup, wish, server, http)
        trouble = Trouble(wish, server, world, tills[0].journal)
        chance = stream(wish.seed, "postman")
        postman = Postman(server, setup.folder, http, chance, wish.webhooks)
        tell(f"{wish.tills} tills sell at {server.url}; the data is in {setup.folder}")
        began = tills[0].now()
        await _sell(tills, world, wish, [trouble.make(), postman.go(), server.keep()])
        sold_seconds = tills[0].now() - began
        tell(f"{len(tills[0].journal.attempts)} payments in {sold_seconds:.0f} s; now the rest")
        restless = await come_to_rest(server, world, tills[0], wish.rest_seconds_max)
        if not restless:  # Else there is enough to look at.
            await postman.finish()
            if wish.has_faults:
                await let_holds_run_out(tills[0], world, 1 + wish.payments // 100)
            restless = await come_to_rest(server, world, tills[0], wish.rest_seconds_max)
        await ask_again(tills[0].journal, tills)
        run = server.run()
        if run is None:
            raise NotServing("The server ended while nobody did anything to it.")
        merchant_id = MerchantId(UUID(tills[0].merchant_id))
        evidence = await gather(tills[0].journal, tills[0], world, run.database_url, merchant_id)
        evidence.restless = restless
        return report(trouble, postman, evidence, breaches(evidence), sold_seconds)


async def _open_shop(
    setup: Setup, wish: Wish, server: Server, http: aiohttp.ClientSession
) -> list[Till]:
    """Sign everybody in, read the menu, and open the drawers."""
    journal = Journal()
    tills = []
    for number in range(wish.tills):
        person = setup.people[number % len(setup.people)]
        chance = stream(wish.seed, f"till {number}")
        tills.append(Till(number, server.url, http, person, journal, chance))
    manager = tills[0]
    await manager.sign_in()
    registers = await manager.insist("GET", "/registers")
    menu = await manager.insist("GET", "/products?limit=100")
    if registers is None or menu is None or registers.status != 200 or menu.status != 200:
        raise NotServing("The shop cannot be opened: the manager is not let in.")
    ids = [one["id"] for one in registers.body["items"]]
    for register in ids:
        wanted = {"register_id": register, "opening_amount": FLOAT}
        await manager.insist("POST", "/drawers/sessions", wanted)
    for till in tills:
        if till is not manager:
            await till.sign_in()
        till.register_id = ids[till.number % len(ids)]
        till.menu = menu.body["items"]
    return tills


async def _sell(
    tills: list[Till], world: World, wish: Wish, beside: list[Coroutine[Any, Any, None]]
) -> None:
    """Let all tills sell until it is enough, with everything else going on beside it."""
    journal = tills[0].journal
    others = [asyncio.ensure_future(one) for one in beside]
    deadline = None if wish.seconds_max is None else tills[0].now() + wish.seconds_max

    def is_enough() -> bool:
        late = deadline is not None and tills[0].now() > deadline
        return late or len(journal.attempts) >= wish.payments

    async def work(till: Till) -> None:
        counter = Counter(till, tills[(till.number + 1) % len(tills)], world)
        while not is_enough():
            await counter.sell()
            await CLOCK.sleep(till.chance.uniform(0, _THINK_SECONDS_MAX))

    working = asyncio.gather(*(work(till) for till in tills))
    going: set[asyncio.Future[Any]] = {working, *others}
    try:
        while not working.done():
            done, going = await asyncio.wait(going, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()  # The server does not come back, or a bug of ours.
    finally:
        working.cancel()
        for other in others:
            other.cancel()
        await asyncio.gather(working, *others, return_exceptions=True)
