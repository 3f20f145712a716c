"""How the checks are carried out: no table is read again for each row of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from fynlo.insight.checks import CHECKS
from fynlo.insight.verify import WHOLE_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fynlo.platform.database import Database
    from tests.insight.conftest import Books


OF_THE_ROW = {"Values Scan", "Function Scan"}


def _row_by_row(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Walk over what is done again for each row; what is made of the row itself may be."""
    below = node.get("Plans", [])
    if node["Node Type"] == "Nested Loop" and below[1]["Node Type"] not in OF_THE_ROW:
        yield node
    if node.get("Parent Relationship") == "SubPlan":
        yield node
    for one in below:
        yield from _row_by_row(one)


@pytest.mark.parametrize("check", CHECKS)
async def test_a_check_joins_whole_tables(check: str, db: Database, books: Books) -> None:
    async with db.snapshot(books.merchant_id) as tx:
        await tx.fetchval(WHOLE_TABLES)
        ((explained,),) = await tx.fetch(f"explain (format json) {CHECKS[check]}")
    (plan,) = msgspec.json.decode(explained)

    assert list(_row_by_row(plan["Plan"])) == []
