"""Which problems a call may answer, for the OpenAPI document: stated once, true for every route."""

from __future__ import annotations

from typing import Final

from litestar.openapi.datastructures import ResponseSpec

from fynlo.platform.problems import PROBLEM_JSON, Problem


def _problem(description: str) -> ResponseSpec:
    return ResponseSpec(
        Problem, generate_examples=False, description=description, media_type=PROBLEM_JSON
    )


_MALFORMED: Final = _problem("The request is malformed; `errors` points at what is wrong.")
_TOO_LARGE: Final = _problem("The body is larger than a megabyte.")

PUBLIC: Final = {
    400: _MALFORMED,
    401: _problem("Nobody, or nobody any more."),
    413: _TOO_LARGE,
    429: _problem("Too many attempts; `Retry-After` says how long to wait."),
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
}
"""A call by somebody."""
