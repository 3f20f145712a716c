"""Counts what is asked of the database: statements, and transactions that are committed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class Tally:
    """What was counted since it was last empty."""

    statements: int = 0
    commits: int = 0

    def take(self) -> tuple[int, int]:
        """Return both counts, and begin again."""
        counted = self.statements, self.commits
        self.statements = self.commits = 0
        return counted


class TalliedConnection:
    """A connection whose statements are counted; opening and ending a transaction is none."""

    def __init__(self, connection: Any, tally: Tally) -> None:
        self._connection, self._tally = connection, tally

    async def fetch(self, *what: object) -> Any:
        self._tally.statements += 1
        return await self._connection.fetch(*what)

    async def fetchrow(self, *what: object) -> Any:
        self._tally.statements += 1
        return await self._connection.fetchrow(*what)

    async def fetchval(self, *what: object) -> Any:
        self._tally.statements += 1
        return await self._connection.fetchval(*what)

    async def execute(self, *what: object) -> Any:
        self._tally.statements += 1
        return await self._connection.execute(*what)
