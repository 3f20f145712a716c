"""The key ring: what one place sealed opens there alone, and older secrets still open."""

from __future__ import annotations

import hmac
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.platform.crypto import Key, KeyRing, UndecipherableError

OLD: Final = "the secret of last year, long enough"
NEW: Final = "the secret of this year, long enough"
RING: Final = KeyRing([NEW])
PLACE: Final = "provider_accounts.secret_key:17"


@given(st.binary(max_size=200), st.text(max_size=50))
def test_what_is_sealed_for_a_place_opens_there(plain: bytes, place: str) -> None:
    sealed = RING.encrypt(plain, place=place)

    assert RING.decrypt(sealed, place=place) == plain
    assert plain not in sealed or len(plain) < 4
    assert len(sealed) == 8 + 12 + len(plain) + 16


def test_the_same_text_is_never_sealed_alike() -> None:
    assert len({RING.encrypt(b"the same", place=PLACE) for _ in range(100)}) == 100


@pytest.mark.parametrize("place", ["", "provider_accounts.secret_key:18", PLACE + " ", "x"])
def test_what_was_sealed_for_another_place_does_not_open(place: str) -> None:
    sealed = RING.encrypt(b"a key", place=PLACE)

    with pytest.raises(UndecipherableError, match=f"^{place}$"):
        RING.decrypt(sealed, place=place)


def test_what_was_changed_or_cut_anywhere_does_not_open() -> None:
    sealed = RING.encrypt(b"a key", place=PLACE)

    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        for broken in (changed, sealed[:at], sealed + sealed[:at] + b"\0"):
            with pytest.raises(UndecipherableError) as refusal:
                RING.decrypt(broken, place=PLACE)
            assert b"a key" not in repr(refusal.value).encode()


def test_an_older_secret_opens_what_it_sealed_until_it_is_retired() -> None:
    sealed = KeyRing([OLD]).encrypt(b"a key", place=PLACE)
    rotated = KeyRing([NEW, OLD])

    assert rotated.decrypt(sealed, place=PLACE) == b"a key"
    fresh = rotated.encrypt(b"a key", place=PLACE)
    assert KeyRing([NEW]).decrypt(fresh, place=PLACE) == b"a key"
    for ring, text in ((KeyRing([NEW]), sealed), (KeyRing([OLD]), fresh)):
        with pytest.raises(UndecipherableError):
            ring.decrypt(text, place=PLACE)


def test_every_purpose_has_a_key_of_its_own_that_is_found_by_its_name() -> None:
    ring = KeyRing([NEW, OLD])
    purposes = ("access token", "field", "webhook")
    keys = [ring.newest(purpose) for purpose in purposes]

    assert len({key.secret for key in keys}) == len({key.id for key in keys}) == 3
    assert {(len(key.secret), len(key.id)) for key in keys} == {(32, 16)}
    assert ring.newest("field") == KeyRing([NEW]).newest("field")
    for purpose, key in zip(purposes, keys, strict=True):
        assert ring.find(purpose, key.id) == key
    assert ring.find("field", KeyRing([OLD]).newest("field").id) == KeyRing([OLD]).newest("field")
    assert ring.find("field", keys[0].id) is None
    assert ring.find("field", "") is None


def test_a_key_shows_its_name_and_never_its_secret() -> None:
    key = Key("0123456789abcdef", b"a secret of ours")

    assert repr(key) == str(key) == "Key(0123456789abcdef)"
    assert "secret of ours" not in f"{key!r} {key} {[key]}"


def test_the_derivation_never_changes_or_nothing_would_open_any_more() -> None:
    key = KeyRing(["an old installation's secret"]).newest("field")

    # RFC 5869 by hand: HMAC-SHA256 under no salt, then once over the purpose and a 1.
    extracted = hmac.digest(bytes(32), b"an old installation's secret", "sha256")
    assert key.secret == hmac.digest(extracted, b"fynlo field\x01", "sha256")
    assert key.id == "5f609e31d3d718d0"


def test_a_ring_without_a_secret_is_our_bug() -> None:
    with pytest.raises(AssertionError):
        KeyRing([])
