"""The environment: what is read, what is refused, and what stays secret."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from uuid import UUID

import pytest

from fynlo.config import EMBEDDED_MARK, VARIABLES, Config, ConfigError

KEY = "k" * 32
MERCHANT = "0190b6c0-0000-7000-8000-000000000001"
# Assembled, so that no scanner takes the test's text for a real key.
LIVE = "sk_live_" + "x" * 8
TEST = "sk_test_" + "x" * 8


def read(**variables: str) -> Config:
    return Config.from_environment({f"FYNLO_{name}": value for name, value in variables.items()})


def test_an_empty_environment_is_the_embedded_installation() -> None:
    config = Config.from_environment({"PATH": "/bin"})

    assert config.embedded
    assert config.database_url is None
    assert config.stripe_api_base == "https://api.stripe.com"
    assert config.limits
    assert config.data_dir.name == "fynlo"


def test_every_variable_is_read() -> None:
    config = read(
        DATABASE_URL="postgresql://fynlo@db/fynlo",
        MIGRATION_DATABASE_URL="postgresql://fynlo_owner@db/fynlo",
        DATABASE_DIRECT_URL="postgres://fynlo@db:5433/fynlo",
        CACHE_URL="rediss://cache:6379/0",
        DATA_DIR="/var/lib/fynlo",
        SECRET_KEYS=f"{KEY}, {KEY}2",
        STRIPE_SECRET_KEY=LIVE,
        STRIPE_PUBLISHABLE_KEY="pk_live_x",
        STRIPE_WEBHOOK_SECRETS="whsec_a,whsec_b",
        STRIPE_API_BASE="https://api.stripe.com/",
        STRIPE_MERCHANT=MERCHANT,
        PUBLIC_URL="https://pay.example.com/",
        CORS_ORIGINS="https://till.example.com,http://localhost:5173",
        SMTP_URL="smtps://user:p%40ss@mail.example.com:465",
        MAIL_FROM="till@example.com",
        LIMITS="off",
        LOG="console",
    )

    assert config == Config(
        database_url="postgresql://fynlo@db/fynlo",
        migration_database_url="postgresql://fynlo_owner@db/fynlo",
        database_direct_url="postgres://fynlo@db:5433/fynlo",
        cache_url="rediss://cache:6379/0",
        data_dir=Path("/var/lib/fynlo"),
        secret_keys=(KEY, f"{KEY}2"),
        stripe_secret_key=LIVE,
        stripe_publishable_key="pk_live_x",
        stripe_webhook_secrets=("whsec_a", "whsec_b"),
        stripe_api_base="https://api.stripe.com",
        stripe_merchant=UUID(MERCHANT),
        public_url="https://pay.example.com",
        cors_origins=("https://till.example.com", "http://localhost:5173"),
        smtp_url="smtps://user:p%40ss@mail.example.com:465",
        mail_from="till@example.com",
        limits=False,
        log="console",
        embedded=False,
    )


def test_an_empty_variable_counts_as_absent() -> None:
    assert read(DATABASE_URL=" ").embedded


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"DATABASE": "x"}, "FYNLO_DATABASE is not a variable of Fynlo: see `fynlo serve --help`."),
        (
            {"DATABASE_URL": "mysql://secret@db/x"},
            "FYNLO_DATABASE_URL must be a URL like postgresql://user@host/database.",
        ),
        (
            {"CACHE_URL": "redis://cache:port"},
            "FYNLO_CACHE_URL must be a URL like redis://host:6379/0.",
        ),
        (
            {"SECRET_KEYS": f"{KEY},short"},
            "FYNLO_SECRET_KEYS must be one or more random texts of at least 32 characters.",
        ),
        (
            {"STRIPE_PUBLISHABLE_KEY": "abc"},
            (
                "FYNLO_STRIPE_PUBLISHABLE_KEY must be a key that starts with pk_test_ or pk_live_"
                " (it is 'abc')."
            ),
        ),
        (
            {"STRIPE_WEBHOOK_SECRETS": "abc"},
            "FYNLO_STRIPE_WEBHOOK_SECRETS must be a key that starts with whsec_.",
        ),
        (
            {"STRIPE_MERCHANT": "7"},
            "FYNLO_STRIPE_MERCHANT must be the id (a UUID) of a merchant (it is '7').",
        ),
        (
            {"PUBLIC_URL": "https://x.example/path"},
            (
                "FYNLO_PUBLIC_URL must be an address like https://pay.example.com, without a path"
                " (it is 'https://x.example/path')."
            ),
        ),
        (
            {"SMTP_URL": "smtp://:secret@:587"},
            "FYNLO_SMTP_URL must be a URL like smtps://user:password@mail.example.com:465.",
        ),
        (
            {"MAIL_FROM": "Till <till@example.com>"},
            (
                "FYNLO_MAIL_FROM must be an address like till@example.com"
                " (it is 'Till <till@example.com>')."
            ),
        ),
        (
            {"MAIL_FROM": "till@example.com"},
            "FYNLO_SMTP_URL and FYNLO_MAIL_FROM belong together: give both, or none.",
        ),
        ({"LIMITS": "yes"}, "FYNLO_LIMITS must be on or off (it is 'yes')."),
        ({"LOG": "xml"}, "FYNLO_LOG must be json or console (it is 'xml')."),
    ],
)
def test_a_wrong_variable_stops_the_start_with_a_sentence_that_names_it(
    variables: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(**variables)

    assert str(refused.value) == message


@pytest.mark.parametrize(
    "connection", [{"DATABASE_URL": "postgresql://fynlo@db/fynlo"}, {"STRIPE_SECRET_KEY": TEST}]
)
def test_something_real_needs_secret_keys(connection: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="FYNLO_SECRET_KEYS is missing"):
        read(**connection)

    assert not read(**connection, SECRET_KEYS=KEY).embedded


def test_a_wildcard_origin_is_for_the_embedded_installation_only() -> None:
    assert read(CORS_ORIGINS="*").cors_origins == ("*",)

    with pytest.raises(ConfigError, match="FYNLO_CORS_ORIGINS must name each origin"):
        read(CORS_ORIGINS="*", DATABASE_URL="postgresql://fynlo@db/fynlo", SECRET_KEYS=KEY)


def test_live_and_test_keys_do_not_mix() -> None:
    with pytest.raises(ConfigError, match="both be live or both be test keys"):
        read(STRIPE_SECRET_KEY=LIVE, STRIPE_PUBLISHABLE_KEY="pk_test_x", SECRET_KEYS=KEY)


def test_a_live_key_goes_to_stripe_only() -> None:
    with pytest.raises(ConfigError, match="may not go to FYNLO_STRIPE_API_BASE"):
        read(STRIPE_SECRET_KEY=LIVE, STRIPE_API_BASE="http://127.0.0.1:12111", SECRET_KEYS=KEY)


def test_no_secret_is_shown() -> None:
    config = read(
        DATABASE_URL="postgresql://fynlo:hidden@db/fynlo",
        CACHE_URL="redis://:hidden@cache",
        SECRET_KEYS="hidden" * 8,
        STRIPE_SECRET_KEY="sk_test_hidden",
        STRIPE_WEBHOOK_SECRETS="whsec_hidden",
    )

    assert "hidden" not in repr(config)


def test_a_child_process_reads_the_same_configuration() -> None:
    config = dataclasses.replace(
        read(CORS_ORIGINS="*", SECRET_KEYS=KEY, LIMITS="off", STRIPE_MERCHANT=MERCHANT),
        database_url="postgresql://fynlo@/fynlo?host=/tmp/a",
        stripe_secret_key=TEST,
        stripe_api_base="http://127.0.0.1:12111",
    )

    environment = config.to_environment()

    assert EMBEDDED_MARK in environment
    assert Config.from_environment(environment) == config


def test_the_table_documents_each_field_once() -> None:
    fields = [field.name for field in dataclasses.fields(Config) if field.name != "embedded"]

    assert [variable.field for variable in VARIABLES] == fields
    assert all(variable.meaning for variable in VARIABLES)
