"""Structured logs: one line an event, each with its request's id, none with a secret."""

from __future__ import annotations

import logging
import re
import secrets
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TextIO

import structlog

from fynlo.kernel.card_numbers import DIGITS, passes_luhn

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_client_address: ContextVar[str | None] = ContextVar("client_address", default=None)

_SECRET_NAMES: Final = re.compile(
    r"secret|password|passwd|token|authorization|api[_-]?key|cookie|pin$|cvc|cvv|cryptogram|pan$",
    re.IGNORECASE,
)
_SECRET_TEXT: Final = re.compile(
    r"(sk|rk|pk)_(test|live)_\w+|whsec_\w+|(?:fk|frt|fdt|frs)_[\w-]{8,}|\w+_secret_\w+"
    r"|eyJ[\w-]{8,}\.[\w-]+\.[\w-]+|(?i:bearer|basic) [\w.~+/=-]{16,}"
    r"|-----BEGIN[^-]*PRIVATE KEY-----(?s:.*?)(-----END[^-]*-----|\Z)"
    r"|(?<=://)[^\s/@]+(?=@)"  # Who logs in, and with which password.
)
_SECRET_SAID: Final = re.compile(
    r"((?:secret|passw(?:or)?d|token|api[_-]?key|cookie|cvc|cvv|cryptogram|\b(?:pin|pan))\w*"
    r"""["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s"',;&})\]]+)""",
    re.IGNORECASE,
)
REMOVED: Final = "[removed]"


def request_id() -> str:
    """Return the id of the request being served, or `-` outside of one."""
    return _request_id.get()


def new_request_id() -> str:
    """Mint an id for what nobody asked for, or for a request that brought none."""
    return secrets.token_hex(16)


def set_request_id(value: str) -> None:
    """Name the request that this task serves."""
    _request_id.set(value)


def client_address() -> str | None:
    """Return where the request being served came from, as the server saw it; None outside of one.

    Behind a proxy it is what the server was told to believe of the proxy's headers.
    """
    return _client_address.get()


def set_client_address(value: str | None) -> None:
    """Say where the request came from that this task serves."""
    _client_address.set(value)


def scrub(value: object) -> object:
    """Copy a value without anything that looks like a secret or a card number.

    What is neither a plain value nor a collection becomes its text: an exception, too, may quote.
    """
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if _text(str(value)) == str(value) else REMOVED
    if isinstance(value, bytes | bytearray):
        return _text(value.decode("utf-8", "replace"))
    if isinstance(value, dict):
        return {
            _text(str(key)): REMOVED if _SECRET_NAMES.search(str(key)) else scrub(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub(item) for item in value]
    return _text(repr(value) if isinstance(value, BaseException) else str(value))


def _text(text: str) -> str:
    text = _SECRET_SAID.sub(_hide_said, _SECRET_TEXT.sub(REMOVED, text))
    return DIGITS.sub(_hide_card_number, text)


def _hide_said(match: re.Match[str]) -> str:
    return match[1] + REMOVED


def _hide_card_number(match: re.Match[str]) -> str:
    return REMOVED if passes_luhn(match[0]) else match[0]


def _scrub_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    scrubbed = scrub(dict(event))
    assert isinstance(scrubbed, dict)
    return scrubbed


def _add_request_id(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    event.setdefault("request_id", request_id())
    return event


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at that moment: what it was before may be closed."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; trouble with it is told, and never raised to whoever logs."""
        self.stream = sys.stderr
        super().emit(record)


def configure_logs(style: str) -> None:
    """Log to standard error, as JSON lines (`json`) or for a person (`console`)."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    before: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _scrub_event,
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)


log = structlog.stdlib.get_logger("fynlo")
