"""The statements of each main call are those that the page says, no more and no fewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.statements import PAGE, Count, measure, merged, read, written

if TYPE_CHECKING:
    from tests.support.shop import Shop


async def test_each_call_takes_the_statements_that_the_page_says(shop: Shop) -> None:
    told = {name: (one.statements, one.commits) for name, one in read().items()}

    found = await measure(shop)

    assert found == told, (
        "See docs/reference/statements.md: `python -m tools.statements --because`."
    )


def test_a_rise_needs_a_reason_and_a_fall_does_not() -> None:
    before = {"pay": Count(5, 2, "Old."), "read": Count(2, 1)}

    with pytest.raises(ValueError, match=r"^pay: 5/2 -> \(5, 3\)$"):
        merged(before, {"pay": (5, 3), "read": (2, 1)}, None)
    with pytest.raises(ValueError, match=r"^read: 2/1 -> \(3, 1\)$"):
        merged(before, {"pay": (4, 2), "read": (3, 1)}, "")

    assert merged(before, {"pay": (4, 2), "new": (9, 9)}, None) == {
        "pay": Count(4, 2, "Old."),
        "new": Count(9, 9),
    }
    assert merged(before, {"pay": (6, 1), "read": (2, 1)}, "a | lock") == {
        "pay": Count(6, 1, "a / lock"),
        "read": Count(2, 1),
    }


def test_the_page_is_as_the_tool_writes_it() -> None:
    assert PAGE.read_text("utf-8") == written(read())
    assert len(read()) > 30
