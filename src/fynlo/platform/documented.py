"""Which problems a call may answer, for the OpenAPI document: stated once for every route.

The document keeps of them what the recorded examples show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIType, Operation, Parameter, Schema

from fynlo.platform.commands import KEY_LENGTH_MAX, KEY_LENGTH_MIN
from fynlo.platform.problems import PROBLEM_JSON, Problem


def _problem(description: str) -> ResponseSpec:
    return ResponseSpec(
        Problem, generate_examples=False, description=description, media_type=PROBLEM_JSON
    )


_MALFORMED: Final = _problem("The request is malformed; `errors` points at what is wrong.")
_TOO_LARGE: Final = _problem("The body is larger than a megabyte.")
_BUG: Final = _problem("Something is wrong on our side. Nothing is lost: the same key is safe.")

IS_PUBLIC: Final = "is_public"
"""The handler option that lets everybody in; every other call needs a token."""

PUBLIC: Final = {
    400: _MALFORMED,
    401: _problem("Nobody, or nobody any more."),
    413: _TOO_LARGE,
    429: _problem("Too many attempts; `Retry-After` says how long to wait."),
    500: _BUG,
}
"""A call that needs no token."""

SIGNED_IN: Final = {
    400: _MALFORMED,
    401: _problem("No token, a bad one, or a session that ended."),
    403: _problem("This person may not do this."),
    404: _problem("There is no such thing here."),
    409: _problem("It cannot be done in the present state."),
    413: _TOO_LARGE,
    422: _problem("Well-formed, but a rule of the shop says no; `code` says which."),
    500: _BUG,
}
"""A call by somebody."""

NOT_READY: Final = {
    503: ResponseSpec(
        dict[str, str], generate_examples=False, description="It cannot serve; ask again soon."
    )
}
"""A call that tells whether the process can serve."""


@dataclass
class Keyed(Operation):
    """A call that is recognised when it is repeated, and so needs a key."""

    def __post_init__(self) -> None:
        """Describe the header, which `fynlo.platform.http.command` reads."""
        key = Parameter(
            name="Idempotency-Key",
            param_in="header",
            required=True,
            description=(
                "A UUID of the caller's own, or a text of 16 to 255 characters. The same key and "
                "content again get the first answer; `X-Idempotency-Key` is read too."
            ),
            schema=Schema(
                type=OpenAPIType.STRING, min_length=KEY_LENGTH_MIN, max_length=KEY_LENGTH_MAX
            ),
        )
        self.parameters = [*(self.parameters or ()), key]
