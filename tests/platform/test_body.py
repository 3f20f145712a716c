"""Bodies are read strictly, told apart by their content alone, and pointed into where wrong."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.errors import Invalid
from fynlo.platform.body import EMPTY_BODY_HASH, Line, Version, body_hash, changes, decode, fields


def sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


# The examples of RFC 8785, §3.2.2 and §3.2.3, and what they come to.
LITERALS: Final = (
    '{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],'
    ' "string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/",'
    ' "literals": [null, true, false]}'
)
LITERALS_CANONICAL: Final = (
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
)
NAMES: Final = (
    '{"\\u20ac": "Euro Sign", "\\r": "Carriage Return", "\\ufb33": "Hebrew Letter Dalet With'
    ' Dagesh", "1": "One", "\\ud83d\\ude00": "Emoji: Grinning Face", "\\u0080": "Control",'
    ' "\\u00f6": "Latin Small Letter O With Diaeresis"}'
)
NAMES_CANONICAL: Final = (
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With'
    ' Diaeresis","\u20ac":"Euro Sign","\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter'
    ' Dalet With Dagesh"}'
)


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (LITERALS, LITERALS_CANONICAL),
        (NAMES, NAMES_CANONICAL),
        ('[56,{"d":true,"10":null,"1":[]}]', '[56,{"1":[],"10":null,"d":true}]'),
        ("0", "0"),
        ("-0.0", "0"),
        ("1.0", "1"),
        ("1e21", "1e+21"),
        ("9007199254740991", "9007199254740991"),
        ('"\\u2028\\u007f\\u001f"', '"\u2028\x7f\\u001f"'),
        (" \t\r\n{ } ", "{}"),
    ],
)
def test_a_body_is_named_by_its_canonical_form(body: str, canonical: str) -> None:
    assert body_hash(body.encode()) == sha256(canonical)


@pytest.mark.parametrize("body", [b"", b"  ", b"\r\n\t", b"null"])
def test_no_body_is_the_same_as_null(body: bytes) -> None:
    assert body_hash(body) == EMPTY_BODY_HASH == sha256("null")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        *((body, "The body is not JSON") for body in (b"{", b"{]", b"NaN", b"Infinity", b"01")),
        *((body, "The body is not JSON") for body in (b"\xff", b'"\xff"', b"'a'", b"[" * 99_999)),
        (b'"\\ud800"', "no canonical form"),
        (b'{"a":1,"b":{"a":2,"a":2}}', "The body names 'a' twice in one object"),
        *((body, "no canonical form") for body in (b"9007199254740992", b"[-9007199254740993]")),
    ],
)
def test_a_body_without_a_canonical_form_is_refused(body: bytes, detail: str) -> None:
    with pytest.raises(Invalid, match=detail) as refusal:
        body_hash(body)

    assert refusal.value.facts["errors"] == [{"pointer": "", "detail": str(refusal.value)}]


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(json_values)
def test_white_space_escapes_and_order_change_no_hash(value: Any) -> None:
    def shuffled(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: shuffled(part[key]) for key in reversed(part)}
        return [shuffled(one) for one in part] if isinstance(part, list) else part

    plain = json.dumps(value, ensure_ascii=False)
    other = json.dumps(shuffled(value), ensure_ascii=True, indent=2)

    assert body_hash(plain.encode()) == body_hash(other.encode())
    assert body_hash(json.dumps([value, 1]).encode()) != body_hash(plain.encode())


class Part(msgspec.Struct, forbid_unknown_fields=True):
    """A part of the whole."""

    amount: Annotated[int, msgspec.Meta(ge=1, le=99)]
    name: str = ""


Name = Annotated[str, msgspec.Meta(min_length=1)]


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    """A body with parts."""

    parts: list[Part]
    by_name: dict[Name, Part] = {}
    maybe: bool | None = None


WHOLE: Final = msgspec.json.Decoder(Whole)


def test_a_body_that_fits_is_read() -> None:
    assert decode(WHOLE, b'{"parts":[{"amount":1},{"amount":99,"name":"\\\\u0000"}]}') == Whole(
        [Part(1), Part(99, "\\u0000")]
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ("[]", ""),
        ("null", ""),
        ("{}", ""),
        ('{"parts":[],"more":1}', ""),
        ('{"parts":{}}', "/parts"),
        ('{"parts":[1]}', "/parts/0"),
        ('{"parts":[{"amount":1},{}]}', "/parts/1"),
        ('{"parts":[{"amount":1,"tip":1}]}', "/parts/0"),
        *((f'{{"parts":[{{"amount":{bad}}}]}}', "/parts/0/amount") for bad in ("0", "100")),
        *((f'{{"parts":[{{"amount":{bad}}}]}}', "/parts/0/amount") for bad in ("1.5", '"1"')),
        *((f'{{"parts":[{{"amount":{bad}}}]}}', "/parts/0/amount") for bad in ("true", "1e400")),
        ('{"parts":[],"maybe":1}', "/maybe"),
        ('{"parts":[],"by_name":{"x":{"amount":0}}}', "/by_name"),
        ('{"parts":[],"by_name":{"":{"amount":1}}}', "/by_name"),
        ('{"parts":[{"amount":1,"name":"a\\u0000b"}]}', "/parts/0/name"),
        ('{"parts":[],"by_name":{"x/y":{"amount":1,"name":"\\u0000"}}}', "/by_name/x~1y/name"),
        ('{"parts":[],"by_name":{"a\\u0000":{"amount":1}}}', "/by_name"),
    ],
)
def test_a_body_that_does_not_fit_is_pointed_into(body: str, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        decode(WHOLE, body.encode())

    assert refusal.value.facts["errors"] == [{"pointer": pointer, "detail": str(refusal.value)}]
    assert "$" not in str(refusal.value)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"parts":[],}', b"[" * 99_999])
def test_a_body_that_is_no_json_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        decode(WHOLE, body)

    assert refusal.value.facts["errors"] == [{"pointer": "", "detail": str(refusal.value)}]


@pytest.mark.parametrize("text", ["", "\n", "a\n", "a\nb", "a\r", "\ta", "a\x7f", "x" * 201])
def test_a_line_holds_no_end_of_line_anywhere(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text, Line)


@pytest.mark.parametrize("text", ["a", " a ", "Äpfel & Söhne", "x" * 200])
def test_a_line_is_any_other_text(text: str) -> None:
    assert msgspec.convert(text, Line) == text


class Patch(msgspec.Struct, forbid_unknown_fields=True):
    id: str | None = None
    version: Version | msgspec.UnsetType = msgspec.UNSET
    name: Line | msgspec.UnsetType = msgspec.UNSET
    limit: int | msgspec.UnsetType | None = msgspec.UNSET


@pytest.mark.parametrize(
    ("body", "wish", "version"),
    [
        ("{}", {}, None),
        ('{"version":7}', {}, 7),
        ('{"limit":null}', {"limit_minor": None}, None),
        ('{"limit":0,"name":"a","id":"x"}', {"limit_minor": 0, "name": "a"}, None),
    ],
)
def test_a_change_says_its_columns_and_the_version_that_it_is_meant_for(
    body: str, wish: dict[str, object], version: int | None
) -> None:
    said = msgspec.json.decode(body, type=Patch)

    assert changes(said, {"limit": "limit_minor"}) == (wish, version)


def test_a_body_says_what_was_given_and_not_its_id() -> None:
    assert fields(Patch(id="x", version=1, name="a")) == {"version": 1, "name": "a"}
