"""The one place where a refusal meets HTTP: `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from litestar import MediaType, Request, Response

from fynlo.kernel.errors import (
    DomainError,
    Forbidden,
    Invalid,
    Kind,
    NotFound,
    Retry,
    Unauthenticated,
)
from fynlo.platform import telemetry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from litestar.exceptions import HTTPException

    from fynlo.platform.database import DatabaseAway
    from fynlo.platform.turnstile import Crowded

AnyRequest: TypeAlias = "Request[Any, Any, Any]"

PROBLEM_JSON: Final = "application/problem+json"

STATUS: Final = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.REFUSED: 422,
    Kind.THROTTLED: 429,
}
assert set(STATUS) == set(Kind)


class PointerOut(msgspec.Struct, frozen=True):
    """Where in the body the trouble is (RFC 6901), and what it is."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a call was refused. Branch on `code`; it is permanent. Facts stand beside these."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retry: Retry
    request_id: str
    errors: list[PointerOut] | msgspec.UnsetType = msgspec.UNSET


def problem_body(
    *, code: str, title: str, status: int, detail: str, retry: Retry, facts: Mapping[str, object]
) -> dict[str, object]:
    """Write the body of a problem; facts never hide a member of the standard."""
    return {
        **facts,
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "retry": retry.value,
        "request_id": telemetry.request_id(),
    }


def refusal(error: DomainError) -> dict[str, object]:
    """Write a refusal as a problem body."""
    return problem_body(
        code=error.code,
        title=error.title,
        status=STATUS[error.kind],
        detail=str(error),
        retry=error.retry,
        facts=error.facts,
    )


def _respond(
    body: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    status = body["status"]
    assert isinstance(status, int)
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type=PROBLEM_JSON,
        headers=dict(headers or {}),
    )


def domain_error(_request: AnyRequest, error: DomainError) -> Response[bytes]:
    """Answer a refusal; the ones worth repeating soon say when."""
    seconds = error.facts.get("retry_after")
    headers = {"Retry-After": str(seconds)} if seconds is not None else {}
    if error.kind is Kind.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    return _respond(refusal(error), headers)


@dataclass(frozen=True, slots=True)
class Known:
    """A problem that is no refusal of ours: its permanent code, and what every one of it says."""

    code: str
    status: int
    title: str
    retry: Retry


BUG: Final = Known("internal-error", 500, "Something is wrong on our side.", Retry.SAME_KEY)
AWAY: Final = Known("temporarily-unavailable", 503, "This cannot be done just now.", Retry.SAME_KEY)
NO_SUCH_METHOD: Final = Known(
    "method-not-allowed", 405, "This address is not called like that.", Retry.NEVER
)
TOO_LARGE: Final = Known("body-too-large", 413, "The body is too large.", Retry.NEW_KEY)
NO_SUCH_MEDIA: Final = Known("unsupported-media-type", 415, "Send JSON.", Retry.NEW_KEY)

_OF_STATUS: Final[dict[int, Known | type[DomainError]]] = {
    400: Invalid,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    **{one.status: one for one in (NO_SUCH_METHOD, TOO_LARGE, NO_SUCH_MEDIA)},
}


def http_error(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Answer what the framework itself refuses: no such route, a body too large."""
    status = error.status_code
    if error.detail == HUNG_UP:
        status = HTTPStatus.BAD_REQUEST  # It is no bug of ours; nothing was begun.
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return bug(request, error)
    problem = _OF_STATUS.get(status, Invalid)
    wrong = _wrong(request, error) if status == HTTPStatus.BAD_REQUEST else []
    return _respond(
        problem_body(
            code=problem.code,
            title=problem.title,
            status=status,
            detail=next((one["detail"] for one in wrong), "") or error.detail,
            retry=problem.retry,
            facts={"errors": wrong} if status == HTTPStatus.BAD_REQUEST else {},
        ),
        error.headers,
    )


HUNG_UP: Final = "client disconnected prematurely"
"""What the framework says of a caller who went away in the middle of its body."""

_QUOTED: Final = re.compile(r"Invalid enum value .*", re.DOTALL)
_MISSING: Final = re.compile(r"Missing required \w+ \w*\s*'([^']+)'")


def _wrong(request: AnyRequest, error: HTTPException) -> list[dict[str, str]]:
    if missing := _MISSING.match(error.detail):
        return [{"pointer": f"/{missing[1]}", "detail": f"`{missing[1]}` is missing."}]
    extra = error.extra if isinstance(error.extra, list) else []
    return [
        {"pointer": "", "detail": "This call needs a JSON body."}
        if item.get("key") == "data"
        else {
            "pointer": f"/{_on_the_wire(request, str(item.get('key', '')))}",
            "detail": unquoted(str(item.get("message", ""))),
        }
        for item in extra
        if isinstance(item, dict)
    ]


def unquoted(detail: str) -> str:
    """Say what is wrong without the value that is: it may be a secret in the wrong place."""
    return str(telemetry.scrub(_QUOTED.sub("This is none of the values that it may have", detail)))


def _on_the_wire(request: AnyRequest, key: str) -> str:
    """Name a parameter as the caller does, where our code has another word for it."""
    known = request.route_handler.parsed_fn_signature.parameters
    definition = known[key].kwarg_definition if key in known else None
    return getattr(definition, "name", None) or key


def bug(_request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer our own bug: a generic text outside, the whole story in the log."""
    telemetry.log.error("internal error", exc_info=error)
    return _respond(
        problem_body(
            code=BUG.code,
            title=BUG.title,
            status=BUG.status,
            detail="Nothing is lost. Ask again with the same key.",
            retry=BUG.retry,
            facts={},
        )
    )


def database_away(_request: AnyRequest, error: DatabaseAway) -> Response[bytes]:
    """Answer that the database is away; the same key finds out what was still committed."""
    telemetry.log.error("the database is away", reason=str(error))
    return _later("Nothing is lost. Ask again soon, with the same key.")


def crowded(_request: AnyRequest, _error: Crowded) -> Response[bytes]:
    """Answer that too many came at once; nothing of it was begun."""
    return _later("Too many pay by card at this moment. Nothing was begun: ask again.")


def _later(detail: str) -> Response[bytes]:
    return _respond(
        problem_body(
            code=AWAY.code,
            title=AWAY.title,
            status=AWAY.status,
            detail=detail,
            retry=AWAY.retry,
            facts={},
        ),
        {"Retry-After": "1"},
    )


def pointer(path: str) -> str:
    """Turn msgspec's `$.payments[0].amount` into the JSON pointer `/payments/0/amount`.

    A name in a map is not told, only `[...]`: the pointer then ends at the map.
    """
    known = path.partition("[...]")[0]
    parts = re.findall(r"\.([^.\[]+)|\[([^\]]*)\]", known.removeprefix("$"))
    return "".join(f"/{name or index}" for name, index in parts)


__all__ = ["PROBLEM_JSON", "STATUS", "MediaType", "Problem", "domain_error", "http_error"]
