"""The postman of a shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.postman import Postman

if TYPE_CHECKING:
    from tests.support.shop import Till


@pytest.fixture
def postman(till: Till) -> Postman:
    """Return who carries the provider's notifications to this shop."""
    return Postman(till)
