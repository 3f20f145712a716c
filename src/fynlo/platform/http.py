"""The HTTP edge: keys into commands, answers into responses, cursors, request ids."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, TypeVar

import msgspec
from litestar import Response
from litestar.datastructures import MutableScopeHeaders
from litestar.di import NamedDependency
from litestar.enums import ScopeType
from litestar.params import QueryParameter, SkipValidation

from fynlo.kernel.errors import Invalid
from fynlo.platform import commands, telemetry
from fynlo.platform.body import body_hash, file_hash
from fynlo.platform.commands import Answer, Command, IdempotencyKeyRequired
from fynlo.platform.problems import PROBLEM_JSON

if TYPE_CHECKING:
    from uuid import UUID

    from litestar.types import ASGIApp, Message, Receive, Scope, Send

    from fynlo.kernel.ids import MerchantId
    from fynlo.platform.problems import AnyRequest

T = TypeVar("T")

Given: TypeAlias = NamedDependency[SkipValidation[T]]
"""A handler's argument that wiring provides, by its name."""

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 100

Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]
"""How many objects a page has at most."""

FEW_MAX: Final = 500

LimitOfFew = Annotated[int, QueryParameter(ge=1, le=FEW_MAX)]
"""The same for what a shop has few of: whoever does not say sees nearly always all of it."""

Since = Annotated[
    str | None,
    QueryParameter(name="from", description="From then on.", schema_extra={"format": "date-time"}),
]
Until = Annotated[
    str | None,
    QueryParameter(name="to", description="Before then.", schema_extra={"format": "date-time"}),
]

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time that says where on earth it is meant."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


async def command(
    request: AnyRequest,
    merchant_id: MerchantId,
    kind: str,
    *,
    device: str = "",
    target_id: UUID | None = None,
    is_json: bool = True,
) -> Command:
    """Identify a call by its key, its kind, its target and the content of its body.

    A body that is a file, and not JSON, must come again byte for byte.

    Raises `IdempotencyKeyRequired`, `IdempotencyKeyInvalid`, or `Invalid` for a broken body.
    """
    key = request.headers.get("Idempotency-Key") or request.headers.get("X-Idempotency-Key")
    if not key:
        raise IdempotencyKeyRequired("Send a UUID of your own as Idempotency-Key.")
    return Command(
        id=commands.command_id(merchant_id, key, route=kind, device=device),
        kind=kind,
        target_id=target_id,
        body_hash=(body_hash if is_json else file_hash)(await request.body()),
    )


def respond(answer: Answer) -> Response[Any]:
    """Send an answer as it was decided, the very bytes; a repeat says that it is one."""
    extra = {"Idempotent-Replayed": "true"} if answer.is_replay else {}
    if answer.status == 202:
        extra["Retry-After"] = "1"
    return Response(
        answer.body,
        status_code=answer.status,
        media_type=PROBLEM_JSON if answer.status >= 400 else "application/json",
        headers=extra,
    )


def made(shown: T, *, is_replay: bool = False) -> Response[T]:
    """Send what was made; what was made before, under the same id, says that it was."""
    headers = {"Idempotent-Replayed": "true"} if is_replay else {}
    return Response(shown, status_code=201, headers=headers)


def encode_cursor(*place: object) -> str:
    """Name the place after which the next page starts."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def decode_cursor(cursor: str | None, kind: Any) -> Any:
    """Read a cursor of ours; `Invalid` for anything else, None for none."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        place = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=kind)
        return tuple(_storable(part) for part in place)
    except (binascii.Error, UnicodeError, ValueError, OverflowError):
        raise _not_meant("after", "This is not a cursor of ours.") from None


def _storable(part: object) -> object:
    """Return a part of a cursor as the database compares it; `ValueError` if it cannot."""
    if isinstance(part, str) and "\0" in part:
        raise ValueError(part)
    return part.astimezone(UTC) if isinstance(part, datetime) else part


def moment(text: str | None, name: str) -> datetime | None:
    """Read a time of the query: RFC 3339, with its offset; `Invalid` for anything else."""
    try:
        return None if text is None else msgspec.convert(text, Moment).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise _not_meant(name, "A time looks like 2026-01-02T03:04:05Z.") from None


def _not_meant(name: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": f"/{name}", "detail": detail}])


async def must_be_text(request: AnyRequest) -> None:
    """Refuse a query that holds what no text of a database holds. Runs before every handler."""
    if b"%00" in request.scope["query_string"]:
        raise Invalid("The query holds the character U+0000.")


def _is_sane(request_id: str) -> bool:
    """Whether a caller's id may be said back and logged: some text that is no secret's."""
    return bool(_REQUEST_ID.fullmatch(request_id)) and telemetry.scrub(request_id) == request_id


class RequestIds:
    """Gives every request an id: the caller's, if it is sane, or a new one; and says it back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its id."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _is_sane(given) else telemetry.new_request_id()
        telemetry.set_request_id(request_id)
        client = scope.get("client")
        telemetry.set_client_address(client[0] if client else None)

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders(message)
                headers["X-Request-Id"] = request_id
                if scope["path"].startswith("/api/"):  # What it says is for whoever asked.
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, named)
