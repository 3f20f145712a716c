"""What somebody has who starts Fynlo on a database of their own."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest

from tests.engines import login_url


@pytest.fixture
async def empty(engines: dict[str, str]) -> str:
    """Return the name of an empty database of the shared server."""
    name = f"cli_{uuid4().hex}"
    connection = await asyncpg.connect(engines["owner"])
    await connection.execute(f"create database {name} template template0 owner fynlo_owner")
    await connection.close()
    return name


@pytest.fixture
def by_url(engines: dict[str, str], empty: str) -> dict[str, str]:
    """Return the variables of somebody who has a database, and it is empty."""
    return {
        "FYNLO_DATABASE_URL": login_url(engines, "fynlo", empty),
        "FYNLO_MIGRATION_DATABASE_URL": login_url(engines, "fynlo_owner", empty),
        "FYNLO_SECRET_KEYS": "k" * 32,
    }
