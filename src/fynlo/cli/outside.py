"""`fynlo tour` and `fynlo sandbox`: what needs no database of ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer
from rich.console import Console

from fynlo.cli.exits import FAILED, RefusedError, complete
from fynlo.cli.listen import address, listen
from fynlo.cli.supervisor import SANDBOX_PORT
from fynlo.cli.tour import play
from fynlo.config import Config
from fynlo.sandbox import SandboxOptions, StateError, create_app, serve

if TYPE_CHECKING:
    import socket

_INTRODUCTION: Final = """\
The sandbox serves {url}
  key      sk_test_fynlo, or any sk_test_… of yours: each has an account of its own
  Python   stripe.StripeClient("sk_test_fynlo", base_addresses={{"api": "{url}"}})
  curl     curl -u sk_test_fynlo: {url}/v1/charges
  books    {url}/_sandbox/books"""

Url = Annotated[str, typer.Option(help="Address of a running server with the demo shop.")]
SandboxUrl = Annotated[str | None, typer.Option(help="Address of the sandbox it charges, if any.")]
Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets phones in.")]
Port = Annotated[
    int | None,
    typer.Option(min=1, max=65535, help="Port to listen on; else 12111 or the next free one."),
]
State = Annotated[Path | None, typer.Option(help="File to keep everything in; else in memory.")]
WebhookUrl = Annotated[str | None, typer.Option(help="Where events are delivered.")]
WebhookSecret = Annotated[str | None, typer.Option(help="What deliveries are signed with.")]
PublicUrl = Annotated[
    str | None, typer.Option(help="Where links to its pages lead; else to where the caller came.")
]
Seed = Annotated[int | None, typer.Option(help="The same ids and outcomes every time.")]


def tour(url: Url, sandbox_url: SandboxUrl = None) -> None:
    """Play a restaurant's day through the API of a running server."""
    complete(_tour(url, sandbox_url))


async def _tour(url: str, sandbox_url: str | None) -> int:
    Config.from_environment()
    _must_be_url("--url", url)
    _must_be_url("--sandbox-url", sandbox_url)
    return 0 if await play(url, sandbox_url, Console()) else FAILED


def sandbox(
    *,
    host: Host = "127.0.0.1",
    port: Port = None,
    state: State = None,
    webhook_url: WebhookUrl = None,
    webhook_secret: WebhookSecret = None,
    public_url: PublicUrl = None,
    seed: Seed = None,
) -> None:
    """Run the Stripe-shaped server alone, for anybody's tests."""
    options = SandboxOptions(
        state=state,
        seed=seed,
        webhook_url=webhook_url,
        webhook_secret=webhook_secret,
        public_url=public_url,
    )
    complete(_sandbox(host, port, options), stopped=0)


async def _sandbox(host: str, port: int | None, options: SandboxOptions) -> int:
    Config.from_environment()
    _must_be_usable(options)
    with listen(host, port, default=SANDBOX_PORT) as listener:
        await _serve(options, listener)
    return 0


async def _serve(options: SandboxOptions, listener: socket.socket) -> None:
    try:
        app = create_app(options)
    except StateError as error:
        raise RefusedError(str(error)) from None
    typer.echo(_INTRODUCTION.format(url=address(listener)))
    await serve(app, listener)


def _must_be_usable(options: SandboxOptions) -> None:
    """Refuse options that lead nowhere."""
    if options.webhook_url is not None and not options.webhook_secret:
        raise RefusedError("--webhook-url needs --webhook-secret: deliveries are signed with it.")
    if options.webhook_secret is not None and options.webhook_url is None:
        raise RefusedError("--webhook-secret needs --webhook-url: nothing is delivered otherwise.")
    _must_be_url("--webhook-url", options.webhook_url)
    _must_be_url("--public-url", options.public_url)
    if options.public_url is not None and urlsplit(options.public_url).path not in {"", "/"}:
        raise RefusedError("--public-url is an address without a path.")


def _must_be_url(option: str, text: str | None) -> None:
    if text is None:
        return
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one:
        raise RefusedError(f"{option} is an address like http://127.0.0.1:8000/hook, not {text!r}.")
