"""What must never be committed: keys, card numbers, and words of the workshop.

The examples and words below are written in pieces, so that this file passes its own scan.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.house.source import Finding, Source

KEYS: Final = {
    "a live Stripe key": re.compile(r"\b[rsp]k_live_[A-Za-z0-9]{8,}"),
    "a Stripe test key": re.compile(r"\b[rs]k_test_[A-Za-z0-9]{24,}"),
    "a webhook secret": re.compile(r"\bwhsec_[A-Za-z0-9+/]{24,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"),
    "an AWS key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a Google key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "a GitHub token": re.compile(r"\b(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_\w{20,})"),
    "a Slack token": re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{10,}"),
}
# Published by Stripe for its test mode: docs/reference/stripe.md §13.
TEST_CARDS: Final = frozenset(
    """
    3056930009020004 3566002020360505 378282246310005 4000000000000002 4000000000000010
    4000000000000028 4000000000000036 4000000000000044 4000000000000069 4000000000000077
    4000000000000101 4000000000000119 4000000000000127 4000000000000259 4000000000000341
    4000000000001976 4000000000002685 4000000000003055 4000000000003097 4000000000003220
    4000000000004954 4000000000005126 4000000000005423 4000000000006975 4000000000007726
    4000000000009235 4000000000009979 4000000000009987 4000000000009995 4000000404000038
    4000000404000079 4000002500003155 4000002760000008 4000002760003184 4000003720000278
    4000003800000446 4000008260000075 4000008260003178 4000008400000779 4000008400001280
    4000008400001629 4000056655665556 4000058400306072 4000058400307872 4001000360000005
    4001007020000002 4100000000000019 4111111111111111 4242424242424242 4506445006931933
    5105105105105100 5200828282828210 5555555555554444 6011111111111117 6200000000000005
    6280000360000978
    """.split()  # noqa: SIM905 - a list of one number a line would be long and no clearer
)
_CARD: Final = re.compile(r"(?<![\w.-])[3-6](?:[ -]?[0-9]){12,18}(?![\w-]|\.[0-9])")
_TOKEN: Final = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/=_-]{32,}")
_RANDOM_BITS_MIN: Final = 4.4  # Shannon's, for each character: names have 3–4, base64 5–6.

VENDORED: Final = "src/fynlo/web"

# Hyphens keep these words out of this file.
_WORKSHOP: Final = (
    "../sha-red",
    "/wo-rk/",
    "anth-ropic",
    "cla-ude",
    "chat-gpt",
    "co-pilot",
    "open-ai",
    "gem-ini",
    "ll-m",
    "language mo-del",
    "issues sh-ow",
    "files.python-hosted.org",
    "py-pi.org",
    "registry.npm-js.org",
    "proxy.go-lang.org",
)
_OUR_ISSUES: Final = re.compile(r"\b(?:issue|session|task) #?[0-9]{1,3}\b", re.IGNORECASE)
_WORD: Final = {
    word: re.compile(
        rf"(?<![a-z]){re.escape(word)}{'(?![a-z])' * word[-1].isalpha()}", re.IGNORECASE
    )
    for word in (pieces.replace("-", "") for pieces in _WORKSHOP)
}


def _lines(source: Source, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    for match in pattern.finditer(source.text):
        yield source.text.count("\n", 0, match.start()) + 1, match[0]


def is_card_number(digits: str) -> bool:
    """Whether the digits pass Luhn's check, as every card number does."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 - 9 * (digit > 4)
        total += doubled if place % 2 else digit
    return total % 10 == 0


def randomness(token: str) -> float:
    """Return Shannon's bits for each character."""
    shares = [count / len(token) for count in Counter(token).values()]
    return -sum(share * math.log2(share) for share in shares)


def keys_stay_out(source: Source) -> Iterator[Finding]:
    """Find what has the form of a known kind of key."""
    for kind, pattern in KEYS.items():
        for line, _ in _lines(source, pattern):
            yield line, f"This looks like {kind}."


def randomness_stays_out(source: Source) -> Iterator[Finding]:
    """Find long strings of mixed letters and digits that only a machine could have chosen."""
    if source.is_within(VENDORED):
        return  # Code that others have packed has alphabets and pictures in it.
    for line, token in _lines(source, _TOKEN):
        kinds = (str.islower, str.isupper, str.isdigit)
        mixed = all(any(kind(character) for character in token) for kind in kinds)
        if mixed and randomness(token) >= _RANDOM_BITS_MIN:
            yield line, f"{token[:6]}… looks like a key."


def card_numbers_stay_out(source: Source) -> Iterator[Finding]:
    """Find card numbers that are not published test numbers."""
    for line, number in _lines(source, _CARD):
        digits = re.sub(r"[ -]", "", number)
        if len(set(digits)) > 2 and digits not in TEST_CARDS and is_card_number(digits):
            yield line, f"{digits[:4]}… is a card number."


def workshop_words_stay_out(source: Source) -> Iterator[Finding]:
    """Find words about how the product was made: they mean nothing to its reader."""
    for word, pattern in _WORD.items():
        for line, _ in _lines(source, pattern):
            yield line, f"{word!r} means nothing to a reader of the product."
    for line, found in _lines(source, _OUR_ISSUES):
        yield line, f"{found!r} is a number that only its writer can look up."
