"""Nobody pays here, so no provider is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.provider import Provider
from tests.support.serve import http_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Return a provider that is not there."""
    async with http_client() as http:
        yield Provider("http://127.0.0.1:9", http)
