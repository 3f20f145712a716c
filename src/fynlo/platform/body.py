"""Request bodies, read strictly: no text becomes a number, no unknown field passes."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, NoReturn

import msgspec
import rfc8785
from litestar.dto import AbstractDTO

from fynlo.kernel.card_numbers import holds_card_number
from fynlo.kernel.errors import Invalid
from fynlo.platform.problems import pointer, unquoted

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Generator, Iterable, Mapping

    from litestar._openapi.schema_generation import SchemaCreator
    from litestar.dto.data_structures import DTOFieldDefinition
    from litestar.openapi.spec import Reference, Schema
    from litestar.typing import FieldDefinition

END: Final = r"$(?!\n)"
"""Where a pattern ends: in Python, `$` alone would allow one more line end."""

Line = Annotated[
    str, msgspec.Meta(min_length=1, max_length=200, pattern=rf"^[^\x00-\x1f\x7f]+{END}")
]
"""A name or the like: some text on one line."""

Version = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
"""The state of an object that a change is meant for."""

EMPTY_BODY_HASH = hashlib.sha256(b"null").digest()

# Where a card's number may be: as it stands, or behind an escape.
_MAY_BE_CARD: Final = re.compile(rb"\\|(?<![\w-])(?:\d[ -]?){12,18}\d")
# An article's number has up to 14 digits, and one in many looks like a card's.
_NO_CARDS: Final = frozenset({"barcode"})

# How msgspec says where: at a value, or at a name of a map.
_PLACE: Final = re.compile(r" - at `(?:key` in `)?(\$[^`]*)`\Z")


class StrictBody(AbstractDTO[Any]):
    """Reads a JSON body into the handler's `data` type, and describes that type in OpenAPI.

    Litestar by itself converts `"5"` to 5; on a money API a text is not an amount.
    """

    _decoders: ClassVar[dict[str, msgspec.json.Decoder[Any]]] = {}

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: object = None
    ) -> None:
        """Keep a decoder for this handler's type."""
        del backend_cls
        if field_definition.name == "data":
            cls._decoders[handler_id] = msgspec.json.Decoder(field_definition.raw)

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: SchemaCreator
    ) -> Reference | Schema:
        """Describe the type itself."""
        del handler_id
        return schema_creator.for_field_definition(field_definition)

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:
        """Every type that msgspec reads is supported."""
        del field_definition
        return True

    @classmethod
    def generate_field_definitions(
        cls, model_type: type[Any]
    ) -> Generator[DTOFieldDefinition, None, None]:
        """Nothing is transferred between models."""
        del model_type
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        """Nothing is nested for a DTO that transfers nothing."""
        del field_definition
        return False

    def decode_bytes(self, value: bytes) -> Any:
        """Read the body; `Invalid` with a JSON pointer when it does not fit."""
        return decode(self._decoders[self.asgi_connection.route_handler.handler_id], value)


def decode(decoder: msgspec.json.Decoder[Any], value: bytes) -> Any:
    """Read JSON strictly; `Invalid` names the place."""
    _must_hold_no_card_number(value)
    try:
        decoded = decoder.decode(value)
    except msgspec.ValidationError as error:
        text = str(error)
        place = _PLACE.search(text)
        if place is None:
            raise _invalid(text, "") from None
        raise _invalid(text[: place.start()], pointer(place[1])) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _invalid(f"The body is not JSON: {error}", "") from None
    if b"\\u0000" in value and (where := _place(_has_nul, msgspec.json.decode(value))) is not None:
        raise _invalid("No text holds the character U+0000.", where)
    for name in getattr(decoded, "__struct_fields__", ()):
        if isinstance(time := getattr(decoded, name), datetime):
            _must_be_in_utc(time, name)
    return decoded


def _must_be_in_utc(time: datetime, name: str) -> None:
    """Refuse a time that is in no year from 1 to 9999 of UTC, as which it is kept."""
    try:
        time.astimezone(UTC)
    except OverflowError:
        raise Invalid.at(f"/{name}", "There is no such time in UTC.") from None


def _must_hold_no_card_number(value: bytes) -> None:
    """Refuse a body with a card's number, wherever it stands, before anything may quote it.

    Cards are taken by their provider; here a number would be kept, shown and sent on.
    """
    if _MAY_BE_CARD.search(value) is None:
        return
    try:
        content = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return  # It is no JSON, and is refused for that without being quoted.
    if (where := _place(holds_card_number, content, but=_NO_CARDS)) is not None:
        raise _invalid("This looks like the number of a card, which has no place here.", where)


def _has_nul(text: str) -> bool:
    """Whether PostgreSQL could not keep a text."""
    return "\0" in text


def _place(
    is_refused: Callable[[str], bool],
    value: Any,
    path: str = "",
    but: Container[str] = (),
) -> str | None:
    """Find a text that is refused, `but` in fields of that name; its JSON pointer, or None.

    A name that is refused is its object's fault.
    """
    if isinstance(value, str):
        return path if is_refused(value) else None
    children: Iterable[tuple[object, Any]] = ()
    if isinstance(value, dict):
        if any(map(is_refused, value)):
            return path
        children = ((_escaped(name), child) for name, child in value.items() if name not in but)
    elif isinstance(value, list):
        children = enumerate(value)
    places = (_place(is_refused, child, f"{path}/{name}", but) for name, child in children)
    return next((place for place in places if place is not None), None)


def _escaped(name: str) -> str:
    """Write a name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _invalid(detail: str, where: str) -> Invalid:
    detail = unquoted(detail)
    return Invalid(detail, errors=[{"pointer": where, "detail": detail}])


def fields(body: msgspec.Struct) -> dict[str, Any]:
    """Return what a body says of its object: not its `id`, and nothing for what is left out."""
    return {
        name: value
        for name in body.__struct_fields__
        if (value := getattr(body, name)) is not msgspec.UNSET and name != "id"
    }


def changes(
    body: msgspec.Struct, columns: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], int | None]:
    """Return what a body changes, by its columns, and the version that it is meant for, if any."""
    wish = fields(body)
    version = wish.pop("version", None)
    return {(columns or {}).get(name, name): value for name, value in wish.items()}, version


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that names something twice: readers would disagree about what it says."""
    content = dict(pairs)
    if len(content) < len(pairs):
        name = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise _invalid(f"The body names {name!r} twice in one object.", "")
    return content


def _no_number(name: str) -> NoReturn:
    """Refuse NaN and its like, which Python reads and JSON does not have."""
    raise _invalid(f"The body is not JSON: {name} is no number.", "")


_JSON: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number)


PROOFS: Final = ("approval", "pin", "password")
"""Who stands by a call, and how they prove it: not a part of what is asked for. A hash of a short
secret would give it away."""


def body_hash(body: bytes) -> bytes:
    """Hash a JSON body by its canonical form (RFC 8785), so that white space does not matter.

    What somebody proves with it (`PROOFS`) is not in the hash.
    """
    if not body.strip():
        return EMPTY_BODY_HASH
    try:
        content = _JSON.decode(body.decode())
        if isinstance(content, dict):
            content = {name: value for name, value in content.items() if name not in PROOFS}
        return hashlib.sha256(rfc8785.dumps(content)).digest()
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _invalid(f"The body is not JSON: {error}", "") from None
    except rfc8785.CanonicalizationError as error:
        raise _invalid(f"The body has no canonical form: {error}", "") from None


def file_hash(body: bytes) -> bytes:
    """Hash a body that is a file: every byte counts."""
    return hashlib.sha256(body).digest()
