"""Rules about the schema: whole minor units, times with a zone, the merchant first, no triggers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.house.source import Finding, Source

_MINOR: Final = re.compile(r"\b([a-z_]+_minor)\s+([a-z]+)")
_COLUMN_TYPES: Final = frozenset(
    ("integer", "smallint", "int", "numeric", "decimal", "real", "double", "money", "text")
)
_INEXACT: Final = re.compile(r"\b(numeric|decimal|real|double precision|money)\b")
_ZONELESS: Final = re.compile(r"\btimestamp\b(?!tz| with time zone)")
_TRIGGER: Final = re.compile(r"\bcreate\s+(?:or\s+replace\s+)?(?:constraint\s+)?trigger\b")
_TABLE: Final = re.compile(r"create table ([a-z_.]+) \((.*?)\n\);", re.DOTALL)
_UNIQUE: Final = re.compile(r"(?:primary key|unique) \(([^)]*)\)")
# Tables that lead to a merchant, or belong to none.
BEFORE_A_MERCHANT: Final = frozenset(
    f"fynlo.{name}"
    for name in (
        "merchants",
        "logins",
        "login_failures",
        "refresh_tokens",
        "api_keys",
        "devices",
        "webhook_endpoints",
        "apple_pay_seen",
        "password_resets",
        "failed_attempts",
    )
)


def _statements(source: Source) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.lines, 1):
        yield number, line.partition("--")[0].lower()


def minor_units_are_bigint(source: Source) -> Iterator[Finding]:
    """Ask every `*_minor` column to be bigint, and every number of the schema to be exact."""
    for number, line in _statements(source):
        for column, kind in _MINOR.findall(line):
            if kind in _COLUMN_TYPES:
                yield number, f"{column} is {kind}; money is bigint."
        if inexact := _INEXACT.search(line):
            yield number, f"{inexact[1]}: money is bigint, and rates are whole basis points."


def times_have_a_zone(source: Source) -> Iterator[Finding]:
    """Refuse `timestamp` without its zone."""
    for number, line in _statements(source):
        if _ZONELESS.search(line):
            yield number, "A time without a zone: use timestamptz."


def there_are_no_triggers(source: Source) -> Iterator[Finding]:
    """Refuse what happens behind the reader's back."""
    for number, line in _statements(source):
        if _TRIGGER.search(line):
            yield number, "A trigger hides what happens: write it in the operation."


def the_merchant_leads(source: Source) -> Iterator[Finding]:
    """Ask every key of a tenant's table to begin with `merchant_id`."""
    text = source.text.lower()
    for table in _TABLE.finditer(text):
        if table[1] in BEFORE_A_MERCHANT:
            continue
        line = text.count("\n", 0, table.start()) + 1
        for key in _UNIQUE.findall(table[2]):
            if not key.startswith("merchant_id"):
                yield line, f"{table[1]} has the key ({key}), which does not begin with the tenant."
        if "merchant_id" not in table[2]:
            yield line, f"{table[1]} does not say whose rows it holds."
