"""The bodies of control calls, read strictly: what is wrong is said in a sentence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from fynlo.sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection

Body: TypeAlias = dict[str, Any]

COUNT_MAX: Final = 1_000_000


def read(raw: bytes) -> Body:
    """Read a body; nothing counts as an empty object."""
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"Malformed control call: it is not JSON ({error}).") from None
    if not isinstance(body, dict):
        raise Refusal(400, "A control call's body is an object.")
    return body


def only(body: Body, known: Collection[str], what: str) -> None:
    """Refuse what a control call does not have."""
    for name in body:
        if name not in known:
            raise Refusal(400, f"There is no `{name}` in {what}.")


def number(body: Body, name: str, most: float) -> float:
    """Read a number from 0 to the most."""
    found: Any = body.get(name)
    if type(found) not in {int, float} or not 0 <= found <= most:  # `bool` is no number here.
        raise Refusal(400, f"`{name}` is a number from 0 to {_figure(most)}.")
    return float(found)


def whole(body: Body, name: str, bounds: tuple[int, int], *, default: int) -> int:
    """Read a whole number within bounds."""
    found = body.get(name, default)
    if type(found) is not int or not bounds[0] <= found <= bounds[1]:
        least, most = map(_figure, bounds)
        raise Refusal(400, f"`{name}` is a whole number from {least} to {most}.")
    return found


def _figure(value: float) -> str:
    return f"{value:,}".replace(",", " ")


def word(body: Body, name: str, words: Collection[str]) -> str:
    """Read one of several words."""
    found = body.get(name)
    if not isinstance(found, str) or found not in words:
        raise Refusal(400, f"`{name}` is one of {', '.join(sorted(words))}.")
    return found


def group(body: Body, name: str, full: str) -> Body:
    """Read an object; what is absent is empty."""
    found = body.get(name, {})
    if not isinstance(found, dict):
        raise Refusal(400, f"`{full}` is an object.")
    return found
