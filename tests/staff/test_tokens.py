"""An access token says who, for whom and until when; what is not exactly ours is refused."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, Final
from uuid import UUID, uuid4

import jwt
import pytest

from fynlo.kernel.errors import Unauthenticated
from fynlo.kernel.ids import MerchantId, SessionId, StaffId
from fynlo.platform.crypto import KeyRing
from fynlo.staff import Caller, tokens

NOON: Final = datetime(2026, 3, 4, 12, tzinfo=UTC)
CALLER: Final = Caller(MerchantId(uuid4()), SessionId(uuid4()), StaffId(uuid4()))
KEYS: Final = KeyRing(["a secret that is long enough for a test"])
KEY: Final = KEYS.newest("access token")
CLAIMS: Final = jwt.decode(
    tokens.issue(KEYS, CALLER, NOON),
    options={"verify_signature": False},
)


def signed(
    claims: dict[str, Any], *, secret: bytes = KEY.secret, algorithm: str = "HS256", **header: Any
) -> str:
    header = {"kid": KEY.id, **header}
    return jwt.encode(claims, secret, algorithm=algorithm, headers=header)


def refuse(token: str, now: datetime = NOON, keys: KeyRing = KEYS) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        tokens.verify(keys, token, now)
    assert refusal.value.__cause__ is None
    assert token not in str(refusal.value)


def test_a_token_names_its_caller_and_nothing_of_the_person() -> None:
    assert tokens.verify(KEYS, tokens.issue(KEYS, CALLER, NOON), NOON) == CALLER
    assert {
        "iss": "fynlo",
        "aud": "fynlo-api",
        "sub": str(CALLER.staff_id),
        "sid": str(CALLER.session_id),
        "mid": str(CALLER.merchant_id),
        "typ": "access",
        "jti": CLAIMS["jti"],
        "iat": 1_772_625_600,
        "exp": 1_772_629_200,
    } == CLAIMS
    assert UUID(CLAIMS["jti"]).version == 5


def test_each_moments_token_has_an_id_of_its_own() -> None:
    later = tokens.issue(KEYS, CALLER, NOON + timedelta(microseconds=1))

    assert jwt.decode(later, options={"verify_signature": False})["jti"] != CLAIMS["jti"]


@pytest.mark.parametrize("seconds", [-60, 0, 1, 3599])
def test_a_token_holds_for_an_hour_and_forgives_a_minute_of_another_clock(seconds: int) -> None:
    assert tokens.verify(KEYS, signed(CLAIMS), NOON + timedelta(seconds=seconds)) == CALLER


@pytest.mark.parametrize("seconds", [-86_400, -61, 3600, 3601, 10**8])
def test_a_token_of_another_time_is_refused(seconds: int) -> None:
    refuse(signed(CLAIMS), NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_a_token_that_lacks_a_claim_is_refused(name: str) -> None:
    refuse(signed({key: value for key, value in CLAIMS.items() if key != name}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("iss", value) for value in ("stripe", "", "Fynlo")),
        *(("aud", value) for value in ("fynlo", "")),
        ("aud", []),
        ("typ", None),
        *(("typ", value) for value in ("refresh", "", "Access")),
        *product(("sub", "sid", "mid"), ("", "me", "*")),
        *(("exp", value) for value in (10**20, float("1e300"), -(10**14))),
        *(("iat", value) for value in (10**20, -(10**14))),
    ],
)
def test_a_token_that_says_something_else_is_refused(name: str, value: object) -> None:
    refuse(signed({**CLAIMS, name: value}))


@pytest.mark.parametrize("name", ["mid", "sid", "exp", "iat"])
@pytest.mark.parametrize("value", [None, "x", [1], {"a": 1}])
def test_a_claim_of_another_kind_is_refused(name: str, value: object) -> None:
    refuse(signed({**CLAIMS, name: value}))


def test_a_token_signed_with_another_key_is_refused() -> None:
    forger = KeyRing(["another secret, as long as the first one"])

    refuse(tokens.issue(forger, CALLER, NOON))
    refuse(signed(CLAIMS, secret=forger.newest("access token").secret))
    refuse(signed(CLAIMS, secret=KEYS.newest("field").secret))
    refuse(signed(CLAIMS, secret=KEY.id.encode() * 4))


@pytest.mark.parametrize("name", ["", "x", None, "../../etc/passwd", KEYS.newest("field").id])
def test_a_token_of_a_key_that_nobody_knows_is_refused(name: str | None) -> None:
    refuse(signed(CLAIMS, kid=name) if name is not None else bare({"alg": "HS256"}, b"x" * 32))


def bare(header: dict[str, Any], signature: bytes) -> str:
    """Write a token by hand, as no library would."""
    parts = [json.dumps(part).encode() for part in (header, CLAIMS)]
    return ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, signature)
    )


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", "RS256", "HS257"])
@pytest.mark.parametrize("signature", [b"", b"x" * 32])
def test_a_token_without_a_signature_of_ours_is_refused(algorithm: str, signature: bytes) -> None:
    refuse(bare({"alg": algorithm, "typ": "JWT", "kid": KEY.id}, signature))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_of_another_algorithm_is_refused_even_under_our_key(algorithm: str) -> None:
    wide = KEY.secret * 2
    ring = {"HS384": wide[:48], "HS512": wide}

    refuse(jwt.encode(CLAIMS, ring[algorithm], algorithm=algorithm, headers={"kid": KEY.id}))


def test_a_token_with_anything_changed_is_refused() -> None:
    head, body, seal = signed(CLAIMS).split(".")
    other = signed({**CLAIMS, "mid": str(uuid4())}).split(".")[1]

    refuse(f"{head}.{other}.{seal}")
    for at in range(0, len(seal) - 1, 7):
        swapped = "A" if seal[at] != "A" else "B"
        refuse(f"{head}.{body}.{seal[:at]}{swapped}{seal[at + 1 :]}")


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "eyJ", "\0", "ÿ.ÿ.ÿ", "💷", "a" * 9000])
def test_what_is_no_token_at_all_is_refused(text: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(KEYS, text, NOON)


def test_an_older_key_still_opens_while_it_is_in_the_ring_and_never_signs() -> None:
    old, new = "the secret of last year, long enough", "the secret of this year, long enough"
    token = tokens.issue(KeyRing([old]), CALLER, NOON)
    rotated = KeyRing([new, old])

    assert tokens.verify(rotated, token, NOON) == CALLER
    fresh = tokens.issue(rotated, CALLER, NOON)
    assert tokens.verify(KeyRing([new]), fresh, NOON) == CALLER
    refuse(fresh, keys=KeyRing([old]))
    refuse(token, keys=KeyRing([new]))


def test_a_token_of_a_device_says_which_device_it_is() -> None:
    device = str(uuid4())
    on_device = replace(CALLER, device=device)

    assert tokens.verify(KEYS, tokens.issue(KEYS, on_device, NOON), NOON) == on_device
    wrong = tokens.issue(KEYS, replace(CALLER, device="no device"), NOON)
    refuse(wrong)
