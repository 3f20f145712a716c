"""A database for a command: the one given by URL, a running server's, or our own for a moment."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from fynlo.cli import folder
from fynlo.cli.exits import RefusedError
from fynlo.platform.database import COMMAND_SECONDS, Database, connect
from fynlo.platform.embedded import start_postgres
from fynlo.platform.migrations import migrate, pending
from fynlo.seed import DEMO

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fynlo.config import Config


def attach(config: Config) -> Config:
    """Complete a configuration without URLs by those of the server that runs in its folder.

    Raises RefusedError when none does.
    """
    if config.database_url is not None:
        return config
    run = folder.running(config.data_dir)
    if run is None:
        raise RefusedError(f"No Fynlo runs in {config.data_dir}, and FYNLO_DATABASE_URL is absent.")
    secrets = folder.keep_secrets(config.data_dir)
    config = replace(config, database_url=run.database_url, cache_url=run.cache_url)
    config = replace(config, secret_keys=config.secret_keys or secrets.keys)
    if config.stripe_secret_key is None and run.sandbox_url is not None:
        config = with_sandbox(config, secrets, run.sandbox_url)
    return config


def with_sandbox(config: Config, secrets: folder.Secrets, url: str) -> Config:
    """Send cards to the sandbox: the demo shop's where there is one, however many others come."""
    return replace(
        config,
        stripe_secret_key=secrets.stripe_secret_key,
        stripe_publishable_key=secrets.stripe_publishable_key,
        stripe_webhook_secrets=(secrets.stripe_webhook_secret,),
        stripe_api_base=url,
        stripe_merchant=config.stripe_merchant or DEMO,
    )


@asynccontextmanager
async def database(
    config: Config, *, may_make: bool, command_seconds: float | None = COMMAND_SECONDS
) -> AsyncIterator[Database]:
    """Open the migrated database; with `may_make` an embedded one is made and migrated if needed.

    `command_seconds` are those of `connect`. Raises RefusedError when there is no database, or
    when it lacks migrations.
    """
    async with _url(config, may_make=may_make) as url:
        must_be_migrated(await pending(config.database_direct_url or url))
        db = Database(await connect(url, connections_max=2, command_seconds=command_seconds))
        try:
            yield db
        finally:
            await db.close()


def must_be_migrated(missing: list[str]) -> None:
    """Refuse a database that is behind this program."""
    if missing:
        raise RefusedError(
            f"The database lacks the migrations {', '.join(missing)}: run `fynlo migrate` first."
        )


@asynccontextmanager
async def _url(config: Config, *, may_make: bool) -> AsyncIterator[str]:
    run = folder.running(config.data_dir)
    if config.database_url is not None:
        yield config.database_url
    elif run is not None:
        yield run.database_url
    elif may_make or (config.data_dir / "postgres").exists():
        with folder.own(config.data_dir):
            postgres = await start_postgres(config.data_dir)
            try:
                if may_make:
                    await migrate(postgres.migration_url)
                yield postgres.app_url
            finally:
                await postgres.stop()
    else:
        raise RefusedError(f"There is no database in {config.data_dir}.")
