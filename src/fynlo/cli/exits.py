"""How a command ends: with a code, and with one sentence when something is in the way."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any, Final, NoReturn

import asyncpg
import typer
from sqlalchemy.exc import DBAPIError

from fynlo.cli.folder import FolderBusyError
from fynlo.cli.listen import PortTakenError
from fynlo.config import ConfigError
from fynlo.platform.database import DatabaseAway
from fynlo.platform.embedded import EngineError
from fynlo.platform.migrations import SchemaTooNewError

if TYPE_CHECKING:
    from collections.abc import Coroutine

FAILED: Final = 1
REFUSED: Final = 2
INTERRUPTED: Final = 130


class RefusedError(Exception):
    """The command cannot begin; the message is for the operator."""


class FailedError(Exception):
    """The command began and cannot go on; the message is for the operator."""


_REFUSALS: Final = (
    RefusedError,
    ConfigError,
    FolderBusyError,
    PortTakenError,
    SchemaTooNewError,
    PermissionError,
)
_FAILURES: Final = (
    FailedError,
    EngineError,
    DatabaseAway,
    DBAPIError,
    asyncpg.PostgresError,
    OSError,
)


def complete(
    work: Coroutine[Any, Any, int], *, failed: int = FAILED, stopped: int = INTERRUPTED
) -> NoReturn:
    """Run the work and end the process with the code it returns.

    Ctrl-C and SIGTERM cancel it once, so that it can clean up, and give the code `stopped`.
    """
    try:
        code = asyncio.run(_cancelled_once(work))
    except _REFUSALS as error:
        typer.echo(f"fynlo: {error}", err=True)
        code = REFUSED
    except _FAILURES as error:
        typer.echo(f"fynlo: {_in_short(error)}", err=True)
        code = failed
    except asyncio.CancelledError:
        code = stopped
    raise typer.Exit(code)


def _in_short(error: Exception) -> str:
    """Say what went wrong, without the statement that met it."""
    if isinstance(error, DBAPIError):
        return str(error.orig).partition(": ")[2] or str(error.orig)
    if isinstance(error, ConnectionError | DatabaseAway):
        return f"The database cannot be reached: {error}"
    return str(error)


async def _cancelled_once(work: Coroutine[Any, Any, int]) -> int:
    task = asyncio.ensure_future(work)
    told = False

    def stop() -> None:
        nonlocal told
        if not told:  # A second Ctrl-C must not interrupt the clean-up.
            told = True
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    return await task
