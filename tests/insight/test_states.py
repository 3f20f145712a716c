"""The public state of an order is the same in the checks' SQL as in the model."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from fynlo.insight.checks.orders import STATE_SQL
from fynlo.orders.model import KitchenState, PaymentState, Stage, state_of

if TYPE_CHECKING:
    import asyncpg

EVERY = list(product(Stage, PaymentState, KitchenState))


async def test_the_state_in_sql_is_that_of_the_model(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        f"select {STATE_SQL} as state from unnest($1::text[], $2::text[], $3::text[])"
        " with ordinality as o (stage, payment_state, kitchen_state, number) order by number",
        *([one[axis].value for one in EVERY] for axis in range(3)),
    )

    assert [row["state"] for row in rows] == [state_of(*one) for one in EVERY]
