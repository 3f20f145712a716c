"""The engines that one test run shares: PostgreSQL with a migrated template, and Valkey.

Usage: `python -m tests.engines FOLDER`. Prints their URLs as JSON and closes its output once they
are ready; runs until the named pipe FOLDER/alive, which the test run holds open, has no writer.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import asyncpg

from fynlo.platform.embedded import start_postgres, start_valkey
from fynlo.platform.migrations import migrate

TEMPLATE = "fynlo"


async def run(folder: Path) -> None:
    """Start both, say where they are, wait for the test run's end, stop both."""
    alive = (folder / "alive").open(
        "rb"
    )  # Now, while it has a writer: later it could wait for ever.
    postgres, valkey = await asyncio.gather(
        start_postgres(folder / "engines", durable=False), start_valkey(folder / "engines")
    )
    try:
        await migrate(postgres.migration_url)
        urls = {"owner": postgres.owner_url, "app": postgres.app_url, "valkey": valkey.url}
        with os.fdopen(1, "w") as output:
            json.dump(urls, output)
        await asyncio.to_thread(alive.read)
    finally:
        alive.close()
        await asyncio.gather(postgres.stop(), valkey.stop())


def login_url(urls: dict[str, str], role: str, database: str) -> str:
    """Return the DSN of a role and database of the shared server."""
    return urls["app"].replace("//fynlo@/fynlo?", f"//{role}@/{database}?")


async def make_database(urls: dict[str, str], name: str) -> str:
    """Copy the template, when nobody did yet, and return the application's DSN for the copy."""
    connection = await asyncpg.connect(urls["owner"])
    try:
        found = await connection.fetchval("select true from pg_database where datname = $1", name)
        if not found:
            await connection.execute(f"create database {name} template {TEMPLATE}")
    finally:
        await connection.close()
    return login_url(urls, "fynlo", name)


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
