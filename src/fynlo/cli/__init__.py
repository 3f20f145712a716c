"""The command `fynlo`."""

from __future__ import annotations

from typing import Annotated

import typer

import fynlo
from fynlo.cli import administer, aging, chaos, inbox, keys, outside, people, serve

app = typer.Typer(
    name="fynlo", no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)
merchant = typer.Typer(no_args_is_help=True, help="Administer merchants.")

staff = typer.Typer(no_args_is_help=True, help="Administer people.")
secret_keys = typer.Typer(no_args_is_help=True, help="Change the keys that sign and encrypt.")

notifications = typer.Typer(no_args_is_help=True, help="Look after what providers told.")

Version = Annotated[bool, typer.Option("--version", help="Print the version and end.")]


@app.callback(invoke_without_command=True)
def main(*, version: Version = False) -> None:
    """Fynlo: a payments backend for the point of sale, where the money is right."""
    if not __debug__:
        typer.echo("fynlo: not under `python -O`: its assertions guard the money.", err=True)
        raise typer.Exit(2)
    if version:
        typer.echo(fynlo.__version__)
        raise typer.Exit


@merchant.callback()
def _merchant() -> None:
    """Administer merchants."""


app.command(epilog=serve.ENVIRONMENT)(serve.serve)
app.command(short_help="Start a demo restaurant, play its day, keep serving.")(serve.demo)
app.command(short_help="Work in the background for servers without workers.")(serve.worker)
app.command()(administer.migrate)
app.command("seed-demo")(administer.seed)
app.command(short_help="Derive every balance and state from the journal.")(administer.verify)
app.command(short_help="Remove what has been kept for long enough.")(aging.retention)
app.command()(outside.tour)
app.command()(outside.sandbox)
app.command(short_help="Sell under every kind of trouble, then compare both sides' books.")(
    chaos.chaos
)
app.add_typer(merchant, name="merchant")
merchant.command("create")(administer.create_merchant)
app.add_typer(staff, name="staff")
staff.command("add")(people.add)
staff.command("disable")(people.disable)
staff.command("reset-password")(people.reset_password)
app.add_typer(secret_keys, name="keys")
secret_keys.command("rotate")(keys.rotate)
secret_keys.command("reencrypt")(keys.reencrypt)
app.add_typer(notifications, name="notifications")
notifications.command("dead")(inbox.dead)
notifications.command("replay")(inbox.replay)
