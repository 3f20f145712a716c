"""What every test of payments may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.payments.queue import Case, lose_for_good, only

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.shop import Shop


@pytest.fixture
async def case(shop: Shop) -> AsyncIterator[Case]:
    async with shop.till() as till:
        order = await till.order("meal")
        await lose_for_good(till, order)
    """Return a charge of 10.00 that was lost a day ago, and the manager who must decide."""
    async with shop.till() as later:
        yield Case(later, order, await only(later, "unresolved"))
