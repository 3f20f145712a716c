"""Parameters, checked the way Stripe checks them (docs/reference/stripe.md §4.3, §5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox.problems import Refusal, unknown_parameter

if TYPE_CHECKING:
    from collections.abc import Collection

    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

_SHAPES: Final[dict[str, tuple[type[Any], ...]]] = {
    "address": (dict,),
    "automatic_payment_methods": (dict,),
    "billing_details": (dict,),
    "card": (dict,),
    "created": (str, dict),
    "fraud_details": (dict,),
    "metadata": (dict,),
    "payment_method_data": (dict,),
    "shipping": (dict,),
    "allowed_payment_method_types": (list,),
    "expand": (list, str),
    "payment_method_types": (list,),
    "types": (list,),
}
_CAN_BE_UNSET: Final = frozenset({"address", "metadata", "shipping"})
_WORDS: Final[dict[type[Any], str]] = {dict: "object", list: "array", str: "string"}
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")


def only(params: Params, known: Collection[str], *, inside: str | None = None) -> None:
    """Refuse parameters that the call does not have, and values where groups belong."""
    for name, value in params.items():
        full = named(name, inside)
        if name not in known:
            raise unknown_parameter(full)
        shapes = _SHAPES.get(name, (str,))
        if value == "" and name in _CAN_BE_UNSET:
            continue
        if not isinstance(value, shapes):
            raise Refusal(400, f"Invalid {_WORDS[shapes[0]]}", param=full)
        for place, item in enumerate(value if isinstance(value, list) else ()):
            if not isinstance(item, str):
                raise Refusal(400, "Invalid string", param=f"{full}[{place}]")


def named(name: str, inside: str | None) -> str:
    """Write a parameter's name as it is sent."""
    return name if inside is None else f"{inside}[{name}]"


def alone(params: Params, names: Collection[str]) -> None:
    """Refuse parameters that exclude each other."""
    given = [name for name in names if name in params]
    if len(given) > 1:
        raise Refusal(400, f"You may only specify one of these parameters: {', '.join(given)}.")


def integer(
    params: Params, name: str, *, minimum: int | None = 1, inside: str | None = None
) -> int | None:
    """Read a whole number, or None when it is absent."""
    if name not in params:
        return None
    full, text = named(name, inside), str(params[name])
    if _INTEGER.fullmatch(text) is None:
        code = "parameter_invalid_integer" if text else "parameter_invalid_empty"
        raise Refusal(400, f"Invalid integer: {text}", code=code, param=full)
    return int(text) if minimum is None else at_least(int(text), minimum, full)


def at_least(number: int, minimum: int, name: str) -> int:
    """Refuse a number below the least."""
    if number < minimum:
        raise Refusal(
            400,
            f"This value must be greater than or equal to {minimum}.",
            code="parameter_invalid_integer",
            param=name,
        )
    return number


def flag(params: Params, name: str, *, absent: bool = False, inside: str | None = None) -> bool:
    """Read a truth value."""
    text = params.get(name, "true" if absent else "false")
    if text not in {"true", "false"}:
        raise Refusal(400, f"Invalid boolean: {text}", param=named(name, inside))
    return bool(text == "true")


def choice(
    params: Params, name: str, words: Collection[str], *, inside: str | None = None
) -> str | None:
    """Read one of several words, or None when it is absent."""
    if name not in params:
        return None
    word = params[name]
    if word not in words:
        allowed = ", ".join(sorted(words))
        full = named(name, inside)
        raise Refusal(400, f"Invalid {full}: must be one of {allowed}", param=full)
    return str(word)


def url(params: Params, name: str) -> None:
    """Refuse an address that is none; an app's own scheme is one."""
    if name in params and _URL.fullmatch(params[name]) is None:
        raise Refusal(400, "Not a valid URL", code="url_invalid", param=name)


def merge_metadata(document: Document, params: Params) -> None:
    """Change metadata: an empty value removes a key, an empty `metadata` removes all."""
    given: Any = params.get("metadata")
    if given is None:
        return
    if given == "":
        document["metadata"] = {}
        return
    for key, value in given.items():
        if not isinstance(value, str):
            raise Refusal(400, "Invalid string", param=f"metadata[{key}]")
        if len(key) > 40 or len(value) > 500:
            raise Refusal(400, "Metadata keys or values are too long.", param=f"metadata[{key}]")
    merged = document["metadata"] | given
    document["metadata"] = {key: value for key, value in merged.items() if value != ""}
    if len(document["metadata"]) > 50:
        raise Refusal(400, "Metadata can have up to 50 keys.", param="metadata")
