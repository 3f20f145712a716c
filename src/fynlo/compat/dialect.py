"""Who speaks like the existing till is served its shapes: by an explicit mark, never by a guess.

The mark is the address `/till/api/…`, the header `X-API-Version: 1`, or `version=1` in `Accept`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType

if TYPE_CHECKING:
    from collections.abc import Collection

    from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

VERSION: Final = "1"
API: Final = "/api/v1"
OWN: Final = f"{API}/till"
"""Where the shapes are that share an address with others of ours."""

_MARK: Final = "/till"
_MARKED: Final = ("/till/api/", "/till/health")
_ELSEWHERE: Final = {f"{API}/health": "/health"}
"""What the till looks for below its API, and is beside ours."""

_UNVERSIONED: Final = re.compile(r"^/api/(?!v[0-9]+(?:/|$))")
_ACCEPTED: Final = re.compile(rb";\s*version\s*=\s*\"?1\"?\s*(?:[;,]|$)")


class Dialect:
    """Leads a call to the shape that its caller speaks, and says the version back if it was asked.

    `shared` are the paths, as patterns below `/api/v1`, at which the till has a shape of its own.
    """

    def __init__(self, app: ASGIApp, shared: Collection[tuple[str, str]]) -> None:
        self._app = app
        self._shared = [(method, re.compile(pattern)) for method, pattern in shared]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call at the address that is meant."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        path, asked = scope["path"], _asks_for_version(scope)
        is_marked = path.startswith(_MARKED)
        meant = _UNVERSIONED.sub(f"{API}/", path.removeprefix(_MARK) if is_marked else path)
        meant = _ELSEWHERE.get(meant, meant)
        if (asked or is_marked) and self._has_own(scope["method"], meant):
            meant = OWN + meant.removeprefix(API)
        if meant != path:
            scope["path"], scope["raw_path"] = meant, quote(meant).encode()

        async def versioned(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableScopeHeaders(message)["X-API-Version"] = VERSION
            await send(message)

        await self._app(scope, receive, versioned if asked else send)

    def _has_own(self, method: str, path: str) -> bool:
        below = path.removeprefix(API)
        return path.startswith(API) and any(
            method == one and pattern.fullmatch(below) for one, pattern in self._shared
        )


def _asks_for_version(scope: HTTPScope) -> bool:
    headers = dict(scope["headers"])
    return headers.get(b"x-api-version", b"").strip() == VERSION.encode() or bool(
        _ACCEPTED.search(headers.get(b"accept", b""))
    )
