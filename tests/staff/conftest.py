"""Nobody pays here, so no provider is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.provider import Provider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Return a provider that is not there."""
    async with httpx.AsyncClient() as http:
        yield Provider("http://127.0.0.1:9", http)
