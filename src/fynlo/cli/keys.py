"""`fynlo keys`: a new key for signing and encrypting, and what older ones encrypted, anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from fynlo.cli import folder
from fynlo.cli.exits import FAILED, RefusedError, complete
from fynlo.cli.reach import database
from fynlo.cli.serve import DataDir, configured
from fynlo.platform import reencrypt as renewal
from fynlo.platform.crypto import KeyRing

if TYPE_CHECKING:
    from pathlib import Path


def rotate(data_dir: DataDir = None) -> None:
    """Make a new key; the older ones still verify and decrypt. The server must not run."""
    complete(_rotate(data_dir))


async def _rotate(data_dir: Path | None) -> int:
    config = configured(data_dir)
    if config.secret_keys:
        raise RefusedError(
            "FYNLO_SECRET_KEYS is given: put a new key in front of it, on every process."
        )
    with folder.own(config.data_dir):
        made = folder.rotate_key(config.data_dir)
    typer.echo(f"There is a new key, and {len(made.older_secret_keys)} older still hold.")
    typer.echo("Start the server, then run `fynlo keys reencrypt`.")
    return 0


def reencrypt(data_dir: DataDir = None) -> None:
    """Encrypt by the newest key what older ones did, while the server runs. Safe to repeat."""
    complete(_reencrypt(data_dir))


async def _reencrypt(data_dir: Path | None) -> int:
    config = configured(data_dir)
    async with database(config, may_make=False) as db:
        secrets = config.secret_keys or folder.keep_secrets(config.data_dir).keys
        result = await renewal.reencrypt(db, KeyRing(secrets))
    typer.echo(f"{result.done} fields were encrypted anew.")
    for place in result.lost:
        typer.echo(f"No key opens {place}.", err=True)
    return FAILED if result.lost else 0
