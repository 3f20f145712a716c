"""Codes are those of RFC 6238, and each is taken once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.staff import totp

SECRET: Final = b"12345678901234567890"  # Of RFC 6238, appendix B.
NOON: Final = datetime(2026, 3, 4, 12, tzinfo=UTC)
STEP: Final = int(NOON.timestamp()) // totp.SECONDS


@pytest.mark.parametrize(
    ("at", "eight_digits"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_a_code_is_the_end_of_the_standards_own_example(at: int, eight_digits: str) -> None:
    assert totp.code_at(SECRET, at // totp.SECONDS) == eight_digits[-6:]


@given(st.integers(-5, 5), st.integers(-5, 5))
def test_a_code_is_good_half_a_minute_either_way_and_never_after_a_later_one(
    off: int, last: int
) -> None:
    code = totp.code_at(SECRET, STEP + off)

    found = totp.step_of(SECRET, code, NOON, STEP + last)

    assert found == (STEP + off if abs(off) <= 1 and off > last else None)


def test_what_is_no_code_is_none() -> None:
    right = totp.code_at(SECRET, STEP)

    for wrong in ("", right[:5], right + "0", f"0{right}", "123 456", "0" * 64, "١٢٣٤٥٦", "é" * 6):
        assert totp.step_of(SECRET, wrong, NOON, 0) is None


def test_a_secret_is_chance_and_is_written_as_apps_read_it() -> None:
    secret = totp.new_secret()

    assert len(secret) == 20
    assert secret != totp.new_secret()
    assert totp.shown(SECRET) == "GEZDGNBVGY3TQOJQ" * 2
    assert totp.address(SECRET, "o'brien@shop.test") == (
        "otpauth://totp/Fynlo:o%27brien%40shop.test?digits=6"
        f"&secret={'GEZDGNBVGY3TQOJQ' * 2}&algorithm=SHA1&issuer=Fynlo&period=30"
    )
    assert totp.step_of(SECRET, totp.code_at(SECRET, STEP), NOON + timedelta(seconds=59), 0) == STEP
