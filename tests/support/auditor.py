"""Who checks the books after each test, over one connection that stays warm."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from fynlo.insight import verify
from fynlo.platform.database import Database, connect

if TYPE_CHECKING:
    from typing import Self

    from fynlo.insight import Difference
    from fynlo.kernel.ids import MerchantId


class Auditor:
    """The product's `verify`, as the application, in a thread with a loop of its own.

    A new connection plans all checks again, which takes ten times as long as to carry them out;
    and a connection cannot outlive the loop of a test.
    """

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self._thread = ThreadPoolExecutor(1)
        self._runner = asyncio.Runner()
        self._db = self._thread.submit(self._runner.run, _open(database_url)).result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        with self._thread, self._runner:
            self._thread.submit(self._runner.run, self._db.close()).result()

    async def verify(self, merchant_id: MerchantId) -> list[Difference]:
        """Check one merchant's books."""
        checking = self._thread.submit(self._runner.run, verify(self._db, merchant_id))
        return await asyncio.wrap_future(checking)


async def _open(database_url: str) -> Database:
    return Database(await connect(database_url, connections_max=1))
