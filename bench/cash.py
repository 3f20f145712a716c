"""Cash sales per second, in turns with the same statements in pgbench."""

from __future__ import annotations

from contextlib import asynccontextmanager
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.figures import heading, in_short, processes, table
from bench.pgbench import ReplayFailedError, replay
from bench.replay import script
from bench.shop import REPEATED, SELLING
from fynlo.insight.verify import verify
from fynlo.platform.database import Database, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.pgbench import Replayed
    from bench.record import Recorder
    from bench.replay import Script
    from bench.rig import Load, Rig

_SAMPLES = (0, 1, 0, 1)  # The registers at which sales are recorded, once each is warm.
_PREAMBLE_SECONDS = 2


async def repeat(recorder: Recorder) -> Script:
    """Record several sales, and write what makes one of them."""
    sales = [await recorder.sale(register, by_card=False) for register in _SAMPLES]
    return script(sales, recorder.shop.registers)


async def measure(rig: Rig, made: Script, *, seconds: float, rounds: int) -> dict[str, Any]:
    """Measure pgbench, one process and two in turns, beginning with another one each round."""
    sale, preamble = rig.folder / "sale.sql", rig.folder / "preamble.sql"
    sale.write_text(made.text)
    preamble.write_text(made.preamble)
    paid_before = await _paid_orders(rig)
    replayed: list[Replayed] = []
    postgres: list[float] = []
    loads: dict[int, list[Load]] = {number: [] for number in rig.targets}
    for turn_of in range(rounds):
        turns = [0, *rig.targets]
        first = turn_of % len(turns)
        for turn in turns[first:] + turns[:first]:
            if turn:
                loads[turn].append(await rig.load(rig.targets[turn], seconds))
            else:
                before = rig.postgres_cpu_seconds()
                replayed.append(await replay(rig.database_url, sale, made.constants, seconds))
                postgres.append(rig.postgres_cpu_seconds() - before)
    extra = await replay(rig.database_url, preamble, made.constants, _PREAMBLE_SECONDS)
    await _must_be_true(rig, paid_before, sum(one.transactions for one in replayed))
    ceiling = [_without(one.per_second, extra.per_second) for one in replayed]
    found = {
        "pgbench": [
            {
                "sales_per_second_with_preamble": one.per_second,
                "sales_per_second": without,
                "sales_with_warm_up": one.transactions,
                "cpu_seconds": {"postgres": server, "pgbench": one.cpu_seconds},
            }
            for one, without, server in zip(replayed, ceiling, postgres, strict=True)
        ],
        "preambles_per_second": extra.per_second,
        "kept_as_recorded": made.kept,
        "api": {
            str(number): [
                {
                    "sales_per_second": load.report.per_second,
                    "sales_with_warm_up": load.report.sales_with_warm_up,
                    "cpu_seconds": load.cpu,
                    "ratio": load.report.per_second / pgbench,
                }
                for load, pgbench in zip(some, ceiling, strict=True)
            ]
            for number, some in loads.items()
        },
    }
    _show(found)
    return found


def _without(per_second: float, extra_per_second: float) -> float:
    """Take the time of the extra statement out of each sale."""
    return 1 / (1 / per_second - 1 / extra_per_second)


@asynccontextmanager
async def _database(rig: Rig) -> AsyncIterator[Database]:
    db = Database(await connect(rig.database_url, connections_max=1))
    try:
        yield db
    finally:
        await db.close()


async def _paid_orders(rig: Rig) -> int:
    async with _database(rig) as db, db.transaction(REPEATED) as tx:
        count: int = await tx.fetchval(
            "select count(*) from orders where merchant_id = $1 and payment_state = 'paid'",
            REPEATED,
        )
    return count


async def _must_be_true(rig: Rig, paid_before: int, transactions: int) -> None:
    """Make sure that pgbench paid as many orders as it says, and that our books agree."""
    paid = await _paid_orders(rig) - paid_before
    if paid != transactions:
        raise ReplayFailedError(f"pgbench made {transactions} sales, but {paid} orders are paid.")
    async with _database(rig) as db:
        differences = await verify(db, SELLING)
    assert not differences, differences


def _show(found: dict[str, Any]) -> None:
    heading("Cash sales per second (order, validation, payment; 16 registers, one sale each)")
    ceiling = found["pgbench"]
    rows = [
        ("pgbench -M prepared", in_short([one["sales_per_second"] for one in ceiling])),
        ("  processor time for a sale", cpu_of_a_sale(ceiling)),
    ]
    for number, rounds in found["api"].items():
        rows.append((processes(number), in_short([one["sales_per_second"] for one in rounds])))
        ratios = in_short([one["ratio"] for one in rounds], digits=2)
        rows.append(("  ÷ pgbench" + " (goal: 0.50)" * (number == "2"), ratios))
        rows.append(("  processor time for a sale", cpu_of_a_sale(rounds)))
    table(rows)


def cpu_of_a_sale(rounds: list[dict[str, Any]]) -> str:
    """Write who took how many milliseconds of processor time for a sale."""
    parts = []
    for name in rounds[0]["cpu_seconds"]:
        each = [1000 * one["cpu_seconds"][name] / one["sales_with_warm_up"] for one in rounds]
        parts.append(f"{name} {median(each):.2f} ms")
    return ", ".join(parts)
