"""Turns recorded sales into a pgbench script: the same statements, with a value for each argument.

Several sales are compared. What differs between them is an id made anew, a moment, the register, or
something that an earlier statement of the same sale had read; what is the same in all is constant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, TypeAlias
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.record import Call, Sale

_PARAMETER: Final = re.compile(r"\$(\d+)")
_TIME_ORDERED: Final = 7

Values: TypeAlias = "tuple[object, ...]"  # One argument, as it was in each of the sales.


class NotAlikeError(Exception):
    """The sales did not send the same statements, so one script cannot stand for them."""


@dataclass(frozen=True)
class Script:
    """What pgbench runs for each sale; `kept` names what it sends as it was recorded."""

    text: str
    preamble: str
    constants: dict[str, str]
    kept: list[str]


def script(sales: Sequence[Sale], registers: Sequence[str]) -> Script:
    """Write the script that makes one sale, at the register with the number of pgbench's client.

    Raises NotAlikeError unless all sales sent the same statements.
    """
    made = _Arguments(sales, registers)
    steps = list(zip(*(sale.calls for sale in sales), strict=True))
    bodies = [made.fill_in(number, calls) for number, calls in enumerate(steps)]
    lines: list[str] = []
    for number, body in enumerate(bodies):
        sets = [line for source, line in made.sums.values() if source == number]
        is_read = bool(sets) or number in made.read
        lines += [f"{body}\n\\gset r{number}_" if is_read else _piped(body), *sets]
    preamble = made.preamble()
    text = "\n".join([preamble, "\\gset", *lines, ""])
    return Script(text, f"{preamble}\n\\gset\n", made.constants, made.kept)


def _piped(body: str) -> str:
    """Send several statements together; pgbench prepares each, so it cannot send them as one."""
    statements = [f"{one.strip()};" for one in body.split(";")]
    if len(statements) == 1:
        return statements[0]
    return "\n".join(["\\startpipeline", *statements, "\\endpipeline"])


@dataclass
class _Arguments:
    """The variables of the script, found one argument after the other."""

    sales: Sequence[Sale]
    registers: Sequence[str]
    constants: dict[str, str] = field(default_factory=dict)
    fresh: dict[Values, str] = field(default_factory=dict)
    moments: dict[int, str] = field(default_factory=dict)
    arrays: dict[str, str] = field(default_factory=dict)
    sums: dict[str, tuple[int, str]] = field(default_factory=dict)
    read: set[int] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)

    def fill_in(self, number: int, calls: Sequence[Call]) -> str:
        """Write one statement with pgbench's variables in the place of its parameters."""
        first = calls[0]
        if any((call.sql, len(call.args)) != (first.sql, len(first.args)) for call in calls):
            raise NotAlikeError(f"{first.sql}\nis followed in another sale by other statements.")
        columns = list(zip(*(call.args for call in calls), strict=True))
        names = [self._name(number, values) for values in columns]
        return _PARAMETER.sub(lambda match: names[int(match[1]) - 1], first.sql).strip()

    def _name(self, number: int, values: Values) -> str:
        if all(value is None for value in values):
            return "null"  # No variable of pgbench can be null.
        if all(value == values[0] for value in values):
            return self._constant(_text(values[0]))
        if [str(value) for value in values] == [sale.register_id for sale in self.sales]:
            return ":register"
        found = self._fresh(values, may_make=False) or self._moment(values)
        found = found or self._read_before(number, values)
        found = found or self._array(values) or self._fresh(values)
        if found is None:
            self.kept.append(f"statement {number}: {type(values[0]).__name__}")
            return self._constant(_text(values[0]))
        return found

    def _constant(self, text: str) -> str:
        known = next((name for name, value in self.constants.items() if value == text), None)
        name = known or f"c{len(self.constants)}"
        self.constants[name] = text
        return f":{name}"

    def _fresh(self, values: Values, *, may_make: bool = True) -> str | None:
        """Find the id that was made anew in each sale."""
        if not all(isinstance(value, UUID) for value in values):
            return None
        if values not in self.fresh:
            if not may_make:
                return None
            self.fresh[values] = f"u{len(self.fresh)}"
        return f":{self.fresh[values]}"

    def _read_before(self, number: int, values: Values) -> str | None:
        """Find a column that the sale read before, equal to the value or a fixed sum away."""
        for source in range(number - 1, -1, -1):
            rows = [sale.calls[source].row for sale in self.sales]
            for column in rows[0] or {}:
                seen = tuple(row[column] for row in rows if row is not None)
                if seen == values:
                    self.read.add(source)
                    return f":r{source}_{column}"
                change = _difference(seen, values)
                if change is not None:
                    name = f"s{source}_{column}_{change}".replace("-", "m")
                    line = f"\\set {name} :r{source}_{column} + {change}"
                    self.sums[name] = (source, line)
                    return f":{name}"
        return None

    def _moment(self, values: Values) -> str | None:
        """Find a time by its distance from the sale's first, in whole seconds."""
        starts = [_first_moment(sale) for sale in self.sales]
        away = {
            round((value - start).total_seconds())
            for value, start in zip(values, starts, strict=True)
            if isinstance(value, datetime)
        }
        if len(away) != 1:
            return None
        return ":" + self.moments.setdefault(away.pop(), f"t{len(self.moments)}")

    def _array(self, values: Values) -> str | None:
        """Find an array of ids."""
        lists = [value for value in values if isinstance(value, list) and value]
        if len(lists) < len(values) or any(len(one) != len(lists[0]) for one in lists):
            return None
        names = [self._fresh(column) for column in zip(*lists, strict=True)]
        if None in names:
            return None
        elements = ", ".join(str(name).removeprefix(":") for name in names)
        return ":" + self.arrays.setdefault(elements, f"a{len(self.arrays)}")

    def preamble(self) -> str:
        """Write the statement that makes what is new in each sale, before its first."""
        ids = [
            f"{'uuidv7' if _is_time_ordered(values) else 'gen_random_uuid'}() as {name}"
            for values, name in self.fresh.items()
        ]
        registers = ",".join(self.registers)
        shown = ["fresh.*", f"('{{{registers}}}'::uuid[])[:client_id + 1] as register"]
        shown += [f"(now() + interval '{s} s')::text as {name}" for s, name in self.moments.items()]
        shown += [f"array[{elements}]::text as {name}" for elements, name in self.arrays.items()]
        return " ".join(["select", ", ".join(shown), "from (select", ", ".join(ids), ") as fresh"])


def _difference(seen: Values, values: Values) -> int | None:
    pairs = list(zip(seen, values, strict=True))
    if not all(isinstance(one, int) for one in (*seen, *values)):
        return None
    changes = {int(str(value)) - int(str(before)) for before, value in pairs}
    return changes.pop() if len(changes) == 1 else None


def _first_moment(sale: Sale) -> datetime:
    for call in sale.calls:
        for value in call.args:
            if isinstance(value, datetime):
                return value
    raise NotAlikeError("A sale without a time is none of ours.")


def _is_time_ordered(values: Values) -> bool:
    return isinstance(values[0], UUID) and values[0].version == _TIME_ORDERED


def _text(value: object) -> str:
    """Write a value as PostgreSQL reads it."""
    if isinstance(value, list):
        return "{" + ",".join(_element(one) for one in value) + "}"
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _element(value: object) -> str:
    if value is None:
        return "null"
    escaped = _text(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
