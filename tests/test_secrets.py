"""Nothing secret is committed, and the scan that says so finds what it looks for."""

from __future__ import annotations

import base64
import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest

from tests.house import secrets
from tests.house.source import Source, complaints, tracked

if TYPE_CHECKING:
    from tests.house.source import Rule

pytestmark = pytest.mark.no_cover  # They read the product, and run nothing of it.

RULES: Final = (
    secrets.keys_stay_out,
    secrets.randomness_stays_out,
    secrets.card_numbers_stay_out,
    secrets.workshop_words_stay_out,
)
# Made here, so that the samples themselves are nowhere in a file.
DIGEST: Final = hashlib.sha512(b"a made-up secret").digest()
RANDOM: Final = base64.b64encode(DIGEST).decode()
LETTERS: Final = "".join(character for character in RANDOM if character.isalnum())
HEADER: Final = "-----BEGIN " + "EC PRIVATE KEY-----"

BAD: list[tuple[Rule, str]] = [
    (secrets.keys_stay_out, "sk_" + "live_" + LETTERS[:24]),
    (secrets.keys_stay_out, "rk_" + "live_" + LETTERS[:24]),
    (secrets.keys_stay_out, "sk_" + "test_" + LETTERS[:24]),
    (secrets.keys_stay_out, "whsec_" + LETTERS[:32]),
    (secrets.keys_stay_out, f"{HEADER}\n{RANDOM}"),
    (secrets.keys_stay_out, f"ey{'J'}{LETTERS[:20]}.{LETTERS[:30]}.{LETTERS[:30]}"),
    (secrets.keys_stay_out, "AK" + "IA" + "ABCDEFGH12345678"),
    (secrets.keys_stay_out, "ghp" + "_" + LETTERS[:36]),
    (secrets.randomness_stays_out, RANDOM[:44]),
    (secrets.randomness_stays_out, f'key = "{RANDOM[:40]}"'),
    (secrets.card_numbers_stay_out, "4532" + "0151" + "1283" + "0366"),
    (secrets.card_numbers_stay_out, "pan: " + "4532-0151-" + "1283-0366"),
    (secrets.card_numbers_stay_out, "3714 496353 " + "98431"),
    (secrets.workshop_words_stay_out, "as written in ../" + "shared/spec"),
    (secrets.workshop_words_stay_out, "cd /wo" + "rk/main"),
    (secrets.workshop_words_stay_out, "made with Cla" + "ude"),
    (secrets.workshop_words_stay_out, "see iss" + "ue 12"),
    (secrets.workshop_words_stay_out, "see Iss" + "ue #12"),
]

GOOD: list[tuple[Rule, str]] = [
    (secrets.keys_stay_out, "sk_test_… and sk_live_ are prefixes; whsec_ too"),
    (secrets.keys_stay_out, "sk_test_sandbox"),
    (secrets.randomness_stays_out, "sha256:" + hashlib.sha256(b"a package").hexdigest()),
    (secrets.randomness_stays_out, "0190d8c8-5d3c-7cc1-8f3e-0d2f4a6b8c1e"),
    (secrets.randomness_stays_out, "test_2_tills_pay_one_order_and_only_THE_first_completes"),
    (secrets.card_numbers_stay_out, "4242424242424242"),
    (secrets.card_numbers_stay_out, "4242 4242 4242 4242"),
    (secrets.card_numbers_stay_out, "4532015112830367"),
    (secrets.card_numbers_stay_out, "pi_4532" + "015112830366"),
    (secrets.workshop_words_stay_out, "a drawer session, its issue, and an order of 12"),
]


def sample(text: str) -> list[Source]:
    return [Source(PurePosixPath("sample.md"), f"First.\n{text}\n")]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_tracked_file_holds_what_must_stay_out(rule: Rule) -> None:
    files = tracked()
    found = complaints(rule, files)

    assert len(files) > 50
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(("rule", "text"), BAD)
def test_a_secret_is_found_on_its_line(rule: Rule, text: str) -> None:
    found = complaints(rule, sample(text))

    assert [complaint.split(" ")[0] for complaint in found] == ["sample.md:2:"]


@pytest.mark.parametrize(("rule", "text"), GOOD)
def test_what_only_looks_like_one_is_left_alone(rule: Rule, text: str) -> None:
    assert complaints(rule, sample(text)) == []


def test_every_allowed_test_card_is_a_card_number() -> None:
    assert [card for card in secrets.TEST_CARDS if not secrets.is_card_number(card)] == []
