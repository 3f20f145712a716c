"""`fynlo tour` and `fynlo sandbox`: what needs no database of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from fynlo.cli.exits import FAILED, REFUSED, complete
from fynlo.cli.listen import PortTakenError, address, listen
from fynlo.cli.supervisor import SANDBOX_PORT
from fynlo.cli.tour import play
from fynlo.sandbox import SandboxOptions, serve

Url = Annotated[str, typer.Option(help="Address of a running server with the demo shop.")]
SandboxUrl = Annotated[str | None, typer.Option(help="Address of the sandbox it charges, if any.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[
    int | None,
    typer.Option(min=1, max=65535, help="Port to listen on; else 12111 or the next free one."),
]
State = Annotated[Path | None, typer.Option(help="File to keep everything in; else in memory.")]
WebhookUrl = Annotated[str | None, typer.Option(help="Where events are delivered.")]
WebhookSecret = Annotated[str | None, typer.Option(help="What deliveries are signed with.")]
Seed = Annotated[int | None, typer.Option(help="The same ids and outcomes every time.")]


def tour(url: Url, sandbox_url: SandboxUrl = None) -> None:
    """Play a restaurant's day through the API of a running server."""
    complete(_tour(url, sandbox_url))


async def _tour(url: str, sandbox_url: str | None) -> int:
    return 0 if await play(url, sandbox_url, Console()) else FAILED


def sandbox(
    *,
    host: Host = "127.0.0.1",
    port: Port = None,
    state: State = None,
    webhook_url: WebhookUrl = None,
    webhook_secret: WebhookSecret = None,
    seed: Seed = None,
) -> None:
    """Run the Stripe-shaped server alone, for anybody's tests."""
    try:
        listener = listen(host, port, default=SANDBOX_PORT)
    except PortTakenError as error:
        typer.echo(f"fynlo: {error}", err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo(f"The sandbox serves {address(listener)}")
    options = SandboxOptions(
        state=state,
        seed=seed,
        webhook_url=webhook_url,
        webhook_secret=webhook_secret,
        public_url=address(listener),
    )
    serve(options, listener)
