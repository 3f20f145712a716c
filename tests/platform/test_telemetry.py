"""No secret and no card number gets into a log, wherever in an event it hides."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pytest
import structlog

from fynlo.config import Config
from fynlo.kernel.money import Money, currency
from fynlo.main import create_app
from fynlo.platform import telemetry
from fynlo.platform.telemetry import REMOVED, configure_logs, scrub

if TYPE_CHECKING:
    from collections.abc import Iterator


def fake(*parts: str) -> str:
    """Put a canary together here, so that no scan takes this file for a leak."""
    return "".join(parts)


JWT: Final = fake("eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxIn0", ".c2lnbmF0dXJl")
CANARIES: Final = {
    "card number": fake("4242", "424242424242"),
    "card number with spaces": fake("4242 ", "4242 4242 4242"),
    "card number with dashes": fake("4000-", "0025-0000-3155"),
    "short card number": fake("3782", "822463", "10005"),
    "long card number": fake("6304", "0000", "0000", "0000", "000"),
    "secret key": fake("sk_", "test_", "51Hxyzabcdefgh"),
    "restricted key": fake("rk_", "live_", "51Hxyzabcdefgh"),
    "webhook secret": fake("whsec_", "abcdefghijklmnop"),
    "our api key": fake("fk_", "abcdefghijklmnop"),
    "a key with hyphens": fake("fk_", "ab-cd_efghijklmnopqrstuvwxyz"),
    "device token": fake("fdt_", "ab-cd_efghijklmnopqrstuvwxyz"),
    "reset token": fake("frs_", "ab-cd_efghijklmnopqrstuvwxyz"),
    "refresh token": fake("frt_", "ab-cd_efghijklmnopqrstuvwxyz"),
    "client secret": fake("pi_3Mtw", "_secret_", "YrKJUKribcBjcG8HVhfZluoGH"),
    "access token": JWT,
    "bearer": "Bearer opaque-token.of_another+kind/x=",
    "basic": "Basic dXNlcjpwYXNzd29yZDEyMw==",
    "private key": fake(
        "-----BEGIN EC PRIVATE", " KEY-----\nMHcCAQEE\nIIxyz\n-----END EC", "-----"
    ),
}


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Return the captured output; logging is put back as it was afterwards."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    access = logging.getLogger("uvicorn.access").level
    yield capsys
    root.handlers = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.access").setLevel(access)
    structlog.configure(**before)


def test_an_application_that_is_made_later_leaves_the_logs_as_they_are(
    logs: pytest.CaptureFixture[str],
) -> None:
    configure_logs("json")

    create_app(Config())
    logging.getLogger("a.library").info("Bearer opaque-token.of_another")

    (line,) = logs.readouterr().err.splitlines()
    assert json.loads(line)["event"] == REMOVED


@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES)
def test_a_canary_is_removed_wherever_it_stands(canary: str) -> None:
    nested: dict[str, Any] = {
        "event": f"it was {canary}, they said",
        "deep": {"list": [1, (canary, {"x": [canary]})], "set": {canary}, "bytes": canary.encode()},
        "error": ValueError("declined", {"detail": [canary]}),
        canary: "as a name",
    }

    scrubbed = scrub(nested)

    assert canary not in repr(scrubbed)
    assert canary.split("\n")[-2 if "\n" in canary else 0] not in repr(scrubbed)
    assert isinstance(scrubbed, dict)
    assert scrubbed["event"] == f"it was {REMOVED}, they said"
    assert scrubbed["deep"]["list"] == [1, [REMOVED, {"x": [REMOVED]}]]
    assert scrubbed["deep"]["bytes"] == REMOVED
    assert set(scrubbed) == {"event", "deep", "error", REMOVED}


@pytest.mark.parametrize(
    "name",
    [
        *("password", "Password", "passwd", "new_password", "client_secret", "secret_key"),
        *("token", "access_token", "refresh_token", "payment_token", "Authorization", "cookie"),
        *("api_key", "apikey", "X-API-Key", "pin", "manager_pin", "cvc", "cvv2", "pan"),
        "onlinePaymentCryptogram",
    ],
)
def test_what_is_called_a_secret_is_removed_whatever_it_holds(name: str) -> None:
    for value in ("hunter2", 2580, b"hunter2", ["hunter2"], {"x": "hunter2"}, None):
        assert scrub({"body": {name: value}}) == {"body": {name: REMOVED}}


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("password=hunter2", f"password={REMOVED}"),
        ("Password: hunter2!", f"Password: {REMOVED}"),
        ("{'password': 'hunter2 and more', 'x': 1}", f"{{'password': {REMOVED}, 'x': 1}}"),
        ('{"pin":"2580","x":1}', f'{{"pin":{REMOVED},"x":1}}'),
        ("?token=abc&x=1", f"?token={REMOVED}&x=1"),
        ("cvc: 123, then", f"cvc: {REMOVED}, then"),
        ("Login(email='a@b', password='hunter2')", f"Login(email='a@b', password={REMOVED})"),
        ("postgresql://fynlo:hunter2@db/x", f"postgresql://{REMOVED}@db/x"),
    ],
)
def test_a_secret_that_a_text_names_is_removed_and_the_rest_is_left(said: str, left: str) -> None:
    assert scrub(said) == left


@dataclass
class Wish:
    """Somebody's value, whose text tells everything."""

    email: str
    password: str


def test_a_value_of_another_kind_is_scrubbed_as_its_text() -> None:
    scrubbed = scrub([Wish("a@b.test", "hunter2"), KeyError({"token": "hunter2"})])

    assert "hunter2" not in repr(scrubbed)
    assert "a@b.test" in repr(scrubbed)


def test_what_is_no_secret_is_left_as_it_is() -> None:
    kept: dict[str, Any] = {
        "event": "payment settled in 12 ms",
        "amount": 999_999_999_999,
        "wrong_luhn": int(fake("4242", "424242424241")),
        "also_wrong": fake("4242 ", "4242 4242 4241"),
        "text": "order 17 of 2026-03-04T12:00:00Z, basic settings, a shipping note",
        "id": "019cb8b8-1e00-7fa2-b429-81f1ae0c990e",
        "intent": "pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "url": "https://example.test/pay/return?order=1",
        "nothing": None,
        "yes": True,
        "share": 0.5,
        "pinned": 1,
    }

    assert scrub(kept) == kept
    assert scrub(int(CANARIES["card number"])) == REMOVED
    assert scrub(UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert scrub(Money(1250, currency("GBP"))) == "12.50 GBP"
    assert scrub(datetime(2026, 3, 4, tzinfo=UTC)) == "2026-03-04 00:00:00+00:00"


def test_a_line_of_json_says_what_when_how_bad_and_for_which_request(
    logs: pytest.CaptureFixture[str],
) -> None:
    configure_logs("json")
    telemetry.set_request_id("till-7.2026")

    structlog.stdlib.get_logger("fynlo.a").warning("not published", reason="down", token="t")
    structlog.stdlib.get_logger("fynlo.a").info("named", request_id="another")

    first, second = (json.loads(line) for line in logs.readouterr().err.splitlines())
    assert first == {
        "event": "not published",
        "level": "warning",
        "reason": "down",
        "request_id": "till-7.2026",
        "timestamp": first["timestamp"],
        "token": REMOVED,
    }
    assert datetime.fromisoformat(first["timestamp"]).tzinfo is UTC
    assert second["request_id"] == "another"


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize("canary", ["secret key", "card number", "client secret", "access token"])
def test_an_exception_that_quotes_a_canary_is_logged_without_it(
    logs: pytest.CaptureFixture[str], style: str, canary: str
) -> None:
    configure_logs(style)
    secret = CANARIES[canary]

    def fail() -> None:
        try:
            int(f"no such key: {secret}")
        except ValueError as error:
            raise RuntimeError({"inner": [secret]}) from error

    try:
        fail()
    except RuntimeError as error:
        structlog.stdlib.get_logger("fynlo.b").error("internal error", exc_info=error)
        logging.getLogger("asyncpg").exception("failed with %s", secret)

    written = logs.readouterr().err
    assert secret not in written
    assert written.count("RuntimeError") >= 2
    assert written.count("ValueError") >= 2
    assert "failed with" in written


def test_the_lines_of_libraries_are_told_the_same_way_and_without_chatter(
    logs: pytest.CaptureFixture[str],
) -> None:
    configure_logs("json")

    logging.getLogger("uvicorn.error").info("Started %s", "well")
    logging.getLogger("uvicorn.access").info("GET /health")
    logging.getLogger("asyncio").debug("slow")

    (line,) = logs.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"]) == ("Started well", "info")
    assert set(told) == {"event", "level", "request_id", "timestamp"}
