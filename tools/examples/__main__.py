"""Start the engines, play the day, write the file."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path
from typing import Final

from fynlo.platform.embedded import start_postgres, start_valkey
from fynlo.platform.migrations import migrate
from tools.examples.day import FILE, record

NOTHING: Final = '{"calls":{},"problems":{},"events":{}}'


async def main() -> None:
    """Write the file; what is in it now does not matter, be it broken by a merge."""
    text = FILE.read_text("utf-8")
    FILE.write_text(NOTHING, "utf-8")
    try:
        text = await _recorded()
    finally:
        FILE.write_text(text, "utf-8")


async def _recorded() -> str:
    logging.disable(logging.ERROR)  # Two hundred calls, and what goes wrong on purpose.
    with tempfile.TemporaryDirectory(prefix="fynlo-examples-") as name:
        folder = Path(name)
        postgres, valkey = await asyncio.gather(
            start_postgres(folder, durable=False), start_valkey(folder)
        )
        try:
            await migrate(postgres.migration_url)
            return (await record(postgres.app_url, valkey.url)).text
        finally:
            await asyncio.gather(postgres.stop(), valkey.stop())


if __name__ == "__main__":
    asyncio.run(main())
