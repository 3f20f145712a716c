"""What the environment may say, checked once at the start: a typo stops it, with one sentence."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

from platformdirs import user_data_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX: Final = "FYNLO_"
# Set by the supervisor for its children: they get URLs, yet the installation is an embedded one.
EMBEDDED_MARK: Final = "_FYNLO_EMBEDDED"
STRIPE_API_BASE: Final = "https://api.stripe.com"
PUBLIC_URL: Final = "http://127.0.0.1:8000"
_SECRET_CHARACTERS_MIN: Final = 32
_PORT_MAX: Final = 65535

LogStyle: TypeAlias = Literal["json", "console"]


class ConfigError(Exception):
    """A variable is unknown, wrong, or missing; the message names it and is for the operator."""


@dataclass(frozen=True)
class Config:
    """How this installation runs. Nothing in its `repr` is secret."""

    database_url: str | None = field(default=None, repr=False)
    migration_database_url: str | None = field(default=None, repr=False)
    database_direct_url: str | None = field(default=None, repr=False)
    cache_url: str | None = field(default=None, repr=False)
    data_dir: Path = field(default_factory=lambda: user_data_path("fynlo", appauthor=False))
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    stripe_secret_key: str | None = field(default=None, repr=False)
    stripe_publishable_key: str | None = None
    stripe_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    stripe_api_base: str = STRIPE_API_BASE
    stripe_merchant: UUID | None = None
    public_url: str = PUBLIC_URL
    cors_origins: tuple[str, ...] = ()
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str | None = None
    limits: bool = True
    log: LogStyle = "json"
    embedded: bool = True  # Nothing real is connected: neither a database nor a Stripe account.

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Config:
        """Read and check everything. An empty variable counts as absent.

        Raises ConfigError for an unknown `FYNLO_` variable, a bad value, or an unsafe combination.
        """
        known = {variable.name: variable for variable in VARIABLES}
        values: dict[str, Any] = {}
        for name in sorted(environment):
            if not name.startswith(PREFIX):
                continue
            if name not in known:
                message = f"{name} is not a variable of Fynlo: see `fynlo serve --help`."
                raise ConfigError(message)
            if text := environment[name].strip():
                values[known[name].field] = known[name].parse(text)
        connected = "database_url" in values or "stripe_secret_key" in values
        config = cls(**values, embedded=EMBEDDED_MARK in environment or not connected)
        config.must_be_safe()
        return config

    def must_be_safe(self) -> None:
        """Refuse what is well-formed and yet dangerous. Raises ConfigError."""
        if not self.embedded and not self.secret_keys:
            message = "FYNLO_SECRET_KEYS is missing: it is needed with a database or Stripe key."
            raise ConfigError(message)
        if not self.embedded and "*" in self.cors_origins:
            message = "FYNLO_CORS_ORIGINS must name each origin: `*` is for the demo only."
            raise ConfigError(message)
        if (self.smtp_url is None) is not (self.mail_from is None):
            message = "FYNLO_SMTP_URL and FYNLO_MAIL_FROM belong together: give both, or none."
            raise ConfigError(message)
        live = _is_live(self.stripe_secret_key)
        if self.stripe_publishable_key and live != _is_live(self.stripe_publishable_key):
            message = (
                "FYNLO_STRIPE_SECRET_KEY and FYNLO_STRIPE_PUBLISHABLE_KEY must both be live "
                "or both be test keys."
            )
            raise ConfigError(message)
        if live and self.stripe_api_base != STRIPE_API_BASE:
            message = "FYNLO_STRIPE_SECRET_KEY is live and may not go to FYNLO_STRIPE_API_BASE."
            raise ConfigError(message)

    def to_environment(self) -> dict[str, str]:
        """Return the variables that make a child process read this very configuration."""
        environment = {EMBEDDED_MARK: "on"} if self.embedded else {}
        for variable in VARIABLES:
            value = getattr(self, variable.field)
            if value is not None and value != ():
                environment[variable.name] = _write(value)
        return environment


@dataclass(frozen=True)
class Variable:
    """One documented variable: the field it fills, its meaning, and how its text is read."""

    field: str
    meaning: str
    read: Callable[[str], object]
    default: str = "none"
    is_secret: bool = False

    @property
    def name(self) -> str:
        """Return its name in the environment."""
        return PREFIX + self.field.upper()

    def parse(self, text: str) -> object:
        """Read its value; ConfigError names the variable, and a secret's value is not repeated."""
        try:
            return self.read(text)
        except ValueError as error:
            shown = "" if self.is_secret else f" (it is {text!r})"
            message = f"{self.name} must be {error}{shown}."
            raise ConfigError(message) from None


def _is_live(key: str | None) -> bool:
    return key is not None and "_live_" in key


def _write(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)


def _items(text: str) -> tuple[str, ...]:
    return tuple(item for part in text.split(",") if (item := part.strip()))


def _url(text: str, schemes: tuple[str, ...], expected: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port or 1
    except ValueError:
        raise ValueError(expected) from None
    if parts.scheme not in schemes or not 0 < port <= _PORT_MAX:
        raise ValueError(expected)
    return text


def _database_url(text: str) -> str:
    return _url(text, ("postgresql", "postgres"), "a URL like postgresql://user@host/database")


def _cache_url(text: str) -> str:
    return _url(text, ("redis", "rediss", "unix"), "a URL like redis://host:6379/0")


def _smtp_url(text: str) -> str:
    expected = "a URL like smtps://user:password@mail.example.com:465"
    if not urlsplit(_url(text, ("smtp", "smtps"), expected)).hostname:
        raise ValueError(expected)
    return text


def _address(text: str) -> str:
    mailbox, _, host = text.partition("@")
    if not mailbox or "." not in host or not text.isascii() or any(c in "<>, \r\n" for c in text):
        message = "an address like till@example.com"
        raise ValueError(message)
    return text


def _origin(text: str) -> str:
    expected = "an address like https://pay.example.com, without a path"
    parts = urlsplit(_url(text.rstrip("/"), ("http", "https"), expected))
    if not parts.hostname or parts.path or parts.query or parts.fragment or parts.username:
        raise ValueError(expected)
    return text.rstrip("/")


def _origins(text: str) -> tuple[str, ...]:
    return tuple(item if item == "*" else _origin(item) for item in _items(text))


def _secret_keys(text: str) -> tuple[str, ...]:
    keys = _items(text)
    if not keys or any(len(key) < _SECRET_CHARACTERS_MIN for key in keys):
        message = f"one or more random texts of at least {_SECRET_CHARACTERS_MIN} characters"
        raise ValueError(message)
    return keys


def _key(*prefixes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text.startswith(prefixes):
            message = f"a key that starts with {' or '.join(prefixes)}"
            raise ValueError(message)
        return text

    return read


def _webhook_secrets(text: str) -> tuple[str, ...]:
    read = _key("whsec_")
    return tuple(read(item) for item in _items(text))


def _merchant(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        message = "the id (a UUID) of a merchant"
        raise ValueError(message) from None


def _switch(text: str) -> bool:
    if text not in {"on", "off"}:
        message = "on or off"
        raise ValueError(message)
    return text == "on"


def _log(text: str) -> str:
    if text not in {"json", "console"}:
        message = "json or console"
        raise ValueError(message)
    return text


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


_SECRET_KEY: Final = _key("sk_test_", "sk_live_", "rk_test_", "rk_live_")

VARIABLES: Final = (
    Variable(
        "database_url",
        "PostgreSQL 15 or newer, as a login that row-level security binds",
        _database_url,
        default="an embedded PostgreSQL",
        is_secret=True,
    ),
    Variable(
        "migration_database_url",
        "the same database as the schema's owner, for `fynlo migrate`",
        _database_url,
        is_secret=True,
    ),
    Variable(
        "database_direct_url",
        "the same database past a connection pooler, where migrations are looked up",
        _database_url,
        default="FYNLO_DATABASE_URL",
        is_secret=True,
    ),
    Variable(
        "cache_url",
        "Valkey or Redis; everything in it may be lost",
        _cache_url,
        default="an embedded Valkey",
        is_secret=True,
    ),
    Variable(
        "data_dir",
        "folder of the embedded engines and their secrets",
        _folder,
        default="the platform's user data folder",
    ),
    Variable(
        "secret_keys",
        "keys that sign and encrypt, comma-separated, newest first",
        _secret_keys,
        default="made in the data folder when embedded",
        is_secret=True,
    ),
    Variable(
        "stripe_secret_key",
        "Stripe's secret or restricted key; without one nobody takes cards",
        _SECRET_KEY,
        default="the sandbox's when embedded",
        is_secret=True,
    ),
    Variable(
        "stripe_publishable_key",
        "Stripe's publishable key: must be of the secret key's mode (no till is given it yet)",
        _key("pk_test_", "pk_live_"),
    ),
    Variable(
        "stripe_webhook_secrets",
        "signing secrets of Stripe's webhook endpoint, comma-separated: all of them are taken",
        _webhook_secrets,
        is_secret=True,
    ),
    Variable("stripe_api_base", "where Stripe's API is", _origin, default=STRIPE_API_BASE),
    Variable("stripe_merchant", "the merchant whose Stripe account this is", _merchant),
    Variable(
        "public_url",
        "the address that customers and providers see",
        _origin,
        default="the address it listens on",
    ),
    Variable("cors_origins", "origins of browser tills, comma-separated", _origins),
    Variable(
        "smtp_url",
        "the server that takes our mail: smtps:// or, with STARTTLS, smtp://; none is sent without",
        _smtp_url,
        is_secret=True,
    ),
    Variable("mail_from", "the address that our mail comes from", _address),
    Variable(
        "limits",
        "rate limits: on or off (not used yet; failed sign-ins are always limited)",
        _switch,
        default="on",
    ),
    Variable("log", "log style: json or console", _log, default="json"),
)
