"""Requests and replies as they travel, keys and versions included (docs/reference/stripe.md §2)."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from fynlo.sandbox import forms
from fynlo.sandbox.desk import API_VERSION
from fynlo.sandbox.faults import FaultKind
from fynlo.sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from fynlo.sandbox.faults import Fault
    from fynlo.sandbox.forms import Params

Message: TypeAlias = "MutableMapping[str, Any]"
Receive: TypeAlias = "Callable[[], Awaitable[Message]]"
Send: TypeAlias = "Callable[[Message], Awaitable[None]]"

_KEY: Final = re.compile(r"(sk|rk)_test_[A-Za-z0-9_]{3,}")
_HOST: Final = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_NO_LENGTH: Final = [(b"content-type", b"application/json"), (b"content-length", b"1")]
VERSIONS: Final = frozenset(
    {"2026-03-25.dahlia", "2026-08-26.dahlia", "2026-09-30.endive", API_VERSION}
)
"""The versions whose behaviour is known (docs/reference/stripe.md §0)."""


@dataclass
class Request:
    """One call as it came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    client: str | None
    base: str = ""  # The address by which the caller came.
    params: Params = field(default_factory=dict)

    def is_from_here(self) -> bool:
        """Whether the caller is on this machine."""
        try:
            at = ipaddress.ip_address(self.client or "")
        except ValueError:
            return False
        return (getattr(at, "ipv4_mapped", None) or at).is_loopback

    def caller_and_key(self) -> tuple[str, str] | None:
        """Name what only one call at a time may use, if it has an idempotency key."""
        key = self.headers.get("idempotency-key")
        if key is None or self.method != "POST":
            return None
        return self.headers.get("authorization", ""), key


@dataclass(frozen=True)
class Reply:
    """What goes back; `body` is the very text, so that a repeat gives the same."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"


def reply(status: int, body: Any, request_id: str | None = None) -> Reply:
    """Make a reply of a document."""
    headers = (("Request-Id", request_id),) if request_id else ()
    return Reply(status, json.dumps(body), headers)


async def read(scope: Message, receive: Receive) -> Request | None:
    """Read a whole request; None when the client goes away before its end."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    client = scope.get("client")
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        client=client[0] if client else None,
        base=f"{scope['scheme']}://{_host(scope, headers)}",
    )


def _host(scope: Message, headers: dict[str, str]) -> str:
    """Tell by which name the caller reached us, or else where that is."""
    if _HOST.fullmatch(host := headers.get("host", "")):
        return host
    here, port = scope["server"]
    return f"[{here}]:{port}" if ":" in here else f"{here}:{port}"


def form(raw: bytes | str) -> Params:
    """Read a form; 400 when there is none to be read."""
    try:
        return forms.parse(raw.decode() if isinstance(raw, bytes) else raw)
    except ValueError as error:
        raise Refusal(400, f"Invalid form: {error}") from None


async def drop(receive: Receive, send: Send) -> None:
    """Break the connection, so that the caller gets not one byte.

    ASGI has no word for that. Under uvicorn `send` is a method of what holds the transport, and a
    transport can be aborted. Where something stands between, an answer that is announced and does
    not come is the nearest: the server closes the connection in the middle of it.
    """
    abort = getattr(getattr(getattr(send, "__self__", None), "transport", None), "abort", None)
    if abort is None:
        await send({"type": "http.response.start", "status": 200, "headers": _NO_LENGTH})
        return
    abort()
    await gone(receive)  # The server must see it first, or it takes our silence for a crash.


async def gone(receive: Receive) -> None:
    """Wait until the client is away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_reply(send: Send, made: Reply, fault: Fault | None = None) -> None:
    """Send a reply, or as much of it as the fault lets through."""
    kind = None if fault is None else fault.kind
    body, media_type, status = made.body.encode(), made.media_type, made.status
    if kind is FaultKind.HTML_502:
        body, media_type, status = b"<html><h1>502 Bad Gateway</h1></html>", "text/html", 502
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", b"%d" % len(body)),
        *((name.lower().encode(), value.encode()) for name, value in made.headers),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if kind is FaultKind.TRUNCATED_JSON:
        half = body[: len(body) // 2] + b" " * (len(body) - len(body) // 2)
        await send({"type": "http.response.body", "body": half})
        return
    await send({"type": "http.response.body", "body": body})


def account(request: Request) -> str:
    """Tell whose call it is, by its secret test key; 401 for any other."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            credentials = base64.b64decode(credentials).decode().partition(":")[0]
        except ValueError:  # It is not base64, or not text.
            credentials = ""
    if not credentials:
        raise Refusal(401, "You did not provide an API key.")
    if not _KEY.fullmatch(credentials):
        raise Refusal(401, f"Invalid API Key provided: {_masked(credentials)}")
    if "stripe-account" in request.headers:
        raise Refusal(403, "The provided key does not have access to that account.")
    return credentials


def _masked(credentials: str) -> str:
    if len(credentials) < 20:
        return "****"
    return credentials[:8] + "****" + credentials[-4:]


def version(request: Request) -> str:
    """Tell which version of the API is wanted."""
    wanted = request.headers.get("stripe-version", API_VERSION)
    if wanted not in VERSIONS:
        raise Refusal(400, f"Invalid Stripe API version: {wanted}")
    return wanted
