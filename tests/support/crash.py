"""A database whose commits can die: what was committed before stays, the rest never was."""

from __future__ import annotations

from typing import Any

from fynlo.platform.database import Database


class Crash(BaseException):
    """The process is gone: no handler of the product may catch this."""


class CrashingDatabase(Database):
    """Counts commits, and dies at the one that a test names."""

    _countdown: int | None = None

    def crash_at(self, number: int | None) -> None:
        """Die at the commit of that number from now on; None: never."""
        self._countdown = number

    async def _commit(self, connection: Any) -> None:
        if self._countdown is not None:
            self._countdown -= 1
            if self._countdown == 0:
                raise Crash
        await super()._commit(connection)
