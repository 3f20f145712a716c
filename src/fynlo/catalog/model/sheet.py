"""The menu as a table of text (CSV): cells that spreadsheets may touch, and what they mean."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from fynlo.kernel.card_numbers import holds_card_number
from fynlo.kernel.errors import DomainError, Kind, Retry
from fynlo.kernel.money import MINOR_MAX, parse_decimal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fynlo.kernel.money import Currency, Money

COLUMNS: Final = (
    *("id", "name", "category", "price", "currency", "tax_rate", "tax_included", "barcode"),
    *("modifiers", "needs_preparation", "prep_minutes", "active", "version"),
)
ROWS_MAX: Final = 5_000
BETWEEN: Final = "|"
"""What stands between the modifiers of one cell."""

_CARD: Final = "This looks like the number of a card, which has no place here."
_MARK: Final = "\ufeff"  # Spreadsheets begin a UTF-8 file with it, and need it to know one.
_FORMULA: Final = "=+-@"
_LINE: Final = re.compile(r"[^\x00-\x1f\x7f]+")
_AMOUNT: Final = re.compile(r"[0-9]{1,15}([.,][0-9]+)?")
_YES: Final = frozenset(("yes", "true", "1"))
_NO: Final = frozenset(("no", "false", "0"))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong where: rows count from 1, the header's; `column` is "" for a whole row."""

    row: int
    column: str
    detail: str


class ImportInvalid(DomainError):
    """A file has faults, so nothing of it was imported; `faults` lists the first ones."""

    kind = Kind.REFUSED
    code = "import-invalid"
    title = "The file has faults; nothing was imported."
    retry = Retry.NEW_KEY


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: its number, and what is in its cells by their columns."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as it was read."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


def escaped(text: str) -> str:
    """Write a text so that no spreadsheet takes it for a formula; `plain` undoes it.

    Not what follows a `;` in it either: where people write decimals with a comma, that begins a
    cell, whatever is quoted.
    """
    return ";".join(_escaped(part) for part in text.split(";"))


def _escaped(part: str) -> str:
    is_doubtful = part[:1] == "'" and part[1:2] in {*_FORMULA, "'"}
    return f"'{part}" if is_doubtful or part[:1] in {*_FORMULA} else part


def plain(cell: str) -> str:
    """Return the text that a cell stands for."""
    return ";".join(
        part[1:] if part[:1] == "'" and part[1:2] in {*_FORMULA, "'"} else part
        for part in cell.split(";")
    )


def read_sheet(content: bytes) -> Sheet:
    """Read a file: UTF-8, commas or semicolons, a header that names columns in any order.

    It never raises: what is wrong is a fault, and a header with one has no rows.
    """
    try:
        text = content.decode().removeprefix(_MARK)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        return Sheet((), (Fault(row, "", "This is not UTF-8: save the file as UTF-8."),))
    header = re.split(r"[\r\n]", text, maxsplit=1)[0]
    delimiter = ";" if ";" in header else ","  # No column has either in its name.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[list[str]] = []
    try:
        found.extend(reader)
    except csv.Error as error:
        return Sheet((), (Fault(len(found) + 1, "", f"This cannot be read: {error}."),))
    columns = [cell.strip().lower() for cell in found[0]] if found else []
    if faults := _header_faults(columns, len(found) - 1):
        return Sheet((), tuple(faults))
    return _rows(columns, found)


def _header_faults(columns: Sequence[str], count: int) -> list[Fault]:
    if not any(columns):
        return [Fault(1, "", "The first row names the columns.")]
    faults = []
    for index, column in enumerate(columns):
        if holds_card_number(column):
            faults.append(Fault(1, "", _CARD))
        elif column not in COLUMNS:
            faults.append(Fault(1, column, "There is no such column."))
        elif column in columns[:index]:
            faults.append(Fault(1, column, "This column is there twice."))
    if count > ROWS_MAX:
        faults.append(Fault(ROWS_MAX + 2, "", f"A file has at most {ROWS_MAX} rows."))
    return faults


def _rows(columns: Sequence[str], found: Sequence[Sequence[str]]) -> Sheet:
    rows, faults = [], []
    for number, cells in enumerate(found[1:], 2):
        if len(cells) > len(columns):
            faults.append(Fault(number, "", "There are more cells than columns."))
        elif any(cell.strip() for cell in cells):
            by_column = {name: plain(cell) for name, cell in zip(columns, cells, strict=False)}
            cards = [name for name, cell in by_column.items() if _is_card(name, cell)]
            faults += [Fault(number, name, _CARD) for name in cards]
            rows += [] if cards else [Row(number, by_column)]
    return Sheet(tuple(rows), tuple(faults))


def _is_card(column: str, cell: str) -> bool:
    """Whether a cell holds a card's number; one barcode in many looks like one."""
    return column != "barcode" and holds_card_number(cell)


def write_sheet(rows: Iterable[Mapping[str, str]]) -> str:
    """Write a file that `read_sheet` reads back, and spreadsheets open."""
    output = io.StringIO(newline="")
    output.write(_MARK)
    writer = csv.writer(output)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([escaped(row[column]) for column in COLUMNS])
    return output.getvalue()


class Names:
    """Things that people call by name: a name means the only thing of that name, an id itself."""

    def __init__(self, known: Iterable[tuple[UUID, str]]) -> None:
        self._names = dict(known)
        self._ids: dict[str, list[UUID]] = {}
        for one, name in self._names.items():
            self._ids.setdefault(name, []).append(one)

    def find(self, text: str) -> UUID | None:
        """Find what is meant, None if nothing is called so; `ValueError` says why it is unclear."""
        if (by_id := an_id(text)) is not None:
            if by_id not in self._names:
                message = f"There is nothing with the id {text}."
                raise ValueError(message)
            return by_id
        found = self._ids.get(text, [])
        if len(found) > 1:
            message = f"Several things are called {text}: write the id."
            raise ValueError(message)
        return found[0] if found else None

    def write(self, one: UUID) -> str:
        """Write a thing so that `find` finds it again: by its name, unless that is unclear."""
        name = self._names[one]
        is_clear = len(self._ids[name]) == 1 and an_id(name) is None
        return name if is_clear else str(one)

    def write_all(self, some: Iterable[UUID]) -> str:
        """Write several things into one cell."""
        names = [(one, self.write(one)) for one in some]
        return f" {BETWEEN} ".join(
            str(one) if BETWEEN in name or name != name.strip() else name for one, name in names
        )


def an_id(text: str) -> UUID | None:
    """Read an id as ids are written; None for anything else."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


def a_line(text: str, length_max: int) -> str:
    """Return some text on one line; `ValueError` for what is none."""
    if not _LINE.fullmatch(text) or len(text) > length_max:
        message = f"This is one line of 1 to {length_max} characters."
        raise ValueError(message)
    return text


def a_price(text: str, unit: Currency) -> Money:
    """Read 12.5 or 12,50 in the currency's unit; `ValueError` for anything else.

    Nothing stands between thousands: `1.234` is no amount of a currency with two digits.
    """
    text = text.strip()
    whole, _, fraction = text.replace(",", ".").partition(".")
    if not _AMOUNT.fullmatch(text) or len(fraction) > unit.digits:
        message = f"A price in {unit} looks like {_example(unit)}."
        raise ValueError(message)
    padded = fraction.ljust(unit.digits, "0")
    price = parse_decimal(f"{whole}.{padded}" if padded else whole, unit)
    if price.minor > MINOR_MAX:
        message = "This is more than any price."
        raise ValueError(message)
    return price


def _example(unit: Currency) -> str:
    return f"12.{'50000'[: unit.digits]}" if unit.digits else "1250"


def a_truth(text: str) -> bool:
    """Read yes or no, as people and spreadsheets write them; `ValueError` for anything else."""
    word = text.strip().lower()
    if word not in _YES | _NO:
        message = "This is yes or no."
        raise ValueError(message)
    return word in _YES


def minutes(text: str) -> int:
    """Read whole minutes of a day; `ValueError` for anything else."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= 1440):
        message = "This is a whole number of minutes from 0 to 1440."
        raise ValueError(message)
    return int(text)


def a_version(text: str) -> int:
    """Read the version of a product; `ValueError` for anything else."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        message = "This is a whole number, as the export wrote it."
        raise ValueError(message)
    return int(text)
