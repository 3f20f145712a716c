"""What a file would make of the menu: every row by the rules of the API, or all that is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fynlo.catalog.model.product import MODIFIERS_MAX, Ground, new_product
from fynlo.catalog.model.sheet import (
    BETWEEN,
    Fault,
    Names,
    a_line,
    a_price,
    a_truth,
    a_version,
    an_id,
    minutes,
    write_sheet,
)
from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import ProductId, derive
from fynlo.kernel.money import CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

    from fynlo.catalog.model.product import Product
    from fynlo.catalog.model.sheet import Row, Sheet

_COLUMN_OF: Final = {
    "category_id": "category",
    "tax_rate_id": "tax_rate",
    "modifier_ids": "modifiers",
}
_FIELD: Final = {column: name for name, column in _COLUMN_OF.items()}
_EMPTY_IS_NONE: Final = frozenset(("category", "barcode", "modifiers"))
_READ_APART: Final = frozenset(("id", "price", "currency", "version"))
_NEEDED: Final = ("name", "price", "currency", "tax_rate", "tax_included")
_DEFAULTS: Final[Mapping[str, Any]] = {
    "category_id": None,
    "barcode": None,
    "modifier_ids": (),
    "needs_preparation": False,
    "prep_minutes": 0,
    "active": True,
}


FAULTS_MAX: Final = 300
NAME_LENGTH_MAX: Final = 200
BARCODE_LENGTH_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Menu:
    """What there is: all products, and what they stand on.

    `rates` has basis points and whether a rate is in use, `modifiers` whether one is, and its
    currency.
    """

    products: Mapping[UUID, Product]
    categories: Mapping[UUID, str]
    rate_names: Mapping[UUID, str]
    rates: Mapping[UUID, tuple[int, bool]]
    modifier_names: Mapping[UUID, str]
    modifiers: Mapping[UUID, tuple[bool, str]]
    currencies: frozenset[str]


@dataclass(slots=True)
class Plan:
    """What an import would do; it does nothing as long as there are faults."""

    added: list[Product] = field(default_factory=list)
    changed: list[tuple[Product, Product]] = field(default_factory=list)
    unchanged: int = 0
    categories: dict[str, UUID] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0

    def note(self, fault: Fault) -> None:
        """Count a fault; only the first hundreds are kept, since nobody reads more at once."""
        self.fault_count += 1
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(fault)

    def counts(self) -> dict[str, int]:
        """Count products by what would become of them."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
        }


def plan_import(sheet: Sheet, menu: Menu, import_id: UUID, now: datetime) -> Plan:
    """Decide what every row means; what is new takes its id from the import's."""
    reading = _Reading(menu, import_id, now)
    for fault in sheet.faults:
        reading.plan.note(fault)
    for row in sheet.rows:
        reading.read(row)
    reading.must_not_share_barcodes()
    plan = reading.plan
    plan.faults.sort(key=lambda fault: fault.row)
    return plan


def export_menu(menu: Menu) -> str:
    """Write the whole menu as a file; importing it changes nothing."""
    categories, rates = Names(menu.categories.items()), Names(menu.rate_names.items())
    modifiers = Names(menu.modifier_names.items())
    return write_sheet(
        {
            "id": str(one.id),
            "name": one.name,
            "category": "" if one.category_id is None else categories.write(one.category_id),
            "price": one.price.decimal(),
            "currency": one.price.currency.code,
            "tax_rate": rates.write(one.tax_rate_id),
            "tax_included": _word(one.tax_included),
            "barcode": one.barcode or "",
            "modifiers": modifiers.write_all(one.modifier_ids),
            "needs_preparation": _word(one.needs_preparation),
            "prep_minutes": str(one.prep_minutes),
            "active": _word(one.active),
            "version": str(one.version),
        }
        for one in menu.products.values()
    )


def _word(truth: bool) -> str:  # noqa: FBT001 - it is what is written
    return "yes" if truth else "no"


class _Reading:
    """Reads the rows of one file in their order."""

    def __init__(self, menu: Menu, import_id: UUID, now: datetime) -> None:
        self.plan = Plan()
        self._menu, self._import_id, self._now = menu, import_id, now
        self._categories = Names(menu.categories.items())
        self._rates = Names(menu.rate_names.items())
        self._modifiers = Names(menu.modifier_names.items())
        self._readers: dict[str, Callable[[str], Any]] = {
            "name": lambda text: a_line(text, NAME_LENGTH_MAX),
            "category": self._category,
            "tax_rate": lambda text: self._named(self._rates, text),
            "barcode": lambda text: a_line(text, BARCODE_LENGTH_MAX) if text else None,
            "modifiers": self._modifier_ids,
            "prep_minutes": minutes,
        }
        self._rows: dict[UUID, int] = {}
        self._barcodes: list[tuple[int, Product]] = []
        self._unit = next(iter(menu.currencies)) if len(menu.currencies) == 1 else None

    def read(self, row: Row) -> None:
        """Take one row into the plan, or note its faults."""
        before = self.plan.fault_count
        product_id = self._id(row)
        known = None if product_id is None else self._menu.products.get(product_id)
        self._must_be_current(row, known)
        wish = self._wish(row, known)
        self._read_money(row, known, wish)
        if known is None:
            self._must_be_whole(row, wish)
        if self.plan.fault_count > before:
            return
        after = self._product(row, product_id, known, wish)
        if after is not None:
            self._barcodes.append((row.number, after))

    def must_not_share_barcodes(self) -> None:
        """Note every row whose barcode is another product's after the import."""
        owners: dict[str, UUID] = {}
        moved = {product.id for _, product in self._barcodes}
        for product in self._menu.products.values():
            if product.barcode is not None and product.id not in moved:
                owners[product.barcode] = product.id
        for number, product in self._barcodes:
            if product.barcode is None:
                continue
            owner = owners.setdefault(product.barcode, product.id)
            if owner != product.id:
                detail = f"This is the barcode of {owner}: write that in the column id."
                self.plan.note(Fault(number, "barcode", detail))

    def _id(self, row: Row) -> UUID | None:
        text = row.cells.get("id", "").strip()
        if not text:
            return None
        product_id = an_id(text)
        if product_id is None:
            self._note(row, "id", "This is no id: leave it empty for a new product.")
        elif product_id in self._rows:
            self._note(row, "id", f"This id is in row {self._rows[product_id]} too.")
        else:
            self._rows[product_id] = row.number
        return product_id

    def _must_be_current(self, row: Row, known: Product | None) -> None:
        """Note a row that was written about an older version: it would undo what changed since."""
        text = row.cells.get("version", "")
        if not text.strip():
            return
        try:
            version = a_version(text)
        except ValueError as error:
            self._note(row, "version", str(error))
            return
        if known is not None and version != known.version:
            detail = f"The product has version {known.version} by now: export it again."
            self._note(row, "version", detail)

    def _wish(self, row: Row, known: Product | None) -> dict[str, Any]:
        """Read what a row says by the fields of a product; an empty cell says nothing, or none."""
        wish: dict[str, Any] = {} if known is not None else dict(_DEFAULTS)
        for column, text in row.cells.items():
            if column in _READ_APART or (not text and column not in _EMPTY_IS_NONE):
                continue
            try:
                wish[_FIELD.get(column, column)] = self._value(column, text)
            except ValueError as error:
                self._note(row, column, str(error))
        return wish

    def _read_money(self, row: Row, known: Product | None, wish: dict[str, Any]) -> None:
        """Read the currency, and the price in it."""
        code, text = row.cells.get("currency", "").strip(), row.cells.get("price", "")
        its_own = None if known is None else known.price.currency.code
        unit = code or its_own or self._unit
        if unit is None:
            return  # That it is missing is noted.
        if unit != its_own and unit not in self._menu.currencies:
            self._note(row, "currency", f"No location sells in {unit}.")
            return
        if unit != its_own:
            wish["currency"] = unit
        if text:
            try:
                wish["price"] = a_price(text, CURRENCIES[unit]).minor
            except ValueError as error:
                self._note(row, "price", str(error))
        elif known is not None and unit != its_own:
            self._note(row, "price", "Another currency needs another price.")

    def _must_be_whole(self, row: Row, wish: dict[str, Any]) -> None:
        """Note what a new product cannot do without."""
        for column in _NEEDED:
            if not row.cells.get(column) and _FIELD.get(column, column) not in wish:
                self._note(row, column, "A new product needs it.")

    def _value(self, column: str, text: str) -> Any:
        """Read a cell; `ValueError` says what is wrong with it."""
        return self._readers.get(column, a_truth)(text)

    def _modifier_ids(self, text: str) -> tuple[UUID, ...]:
        parts = [part.strip() for part in text.split(BETWEEN, MODIFIERS_MAX)] if text else []
        if len(parts) > MODIFIERS_MAX:
            message = f"A product offers at most {MODIFIERS_MAX} modifiers."
            raise ValueError(message)
        return tuple(self._named(self._modifiers, part) for part in parts)

    def _category(self, text: str) -> UUID | None:
        if not text:
            return None
        found = self._categories.find(text)
        if found is None:
            name = a_line(text, NAME_LENGTH_MAX)
            found = self.plan.categories.setdefault(
                name, derive(self._import_id, f"category:{name}")
            )
        return found

    def _named(self, names: Names, text: str) -> UUID:
        found = names.find(text)
        if found is None:
            message = f"Nothing is called {text}."
            raise ValueError(message)
        return found

    def _product(
        self, row: Row, product_id: UUID | None, known: Product | None, wish: dict[str, Any]
    ) -> Product | None:
        """Apply the rules that the API applies to one product."""
        ground = self._ground(wish.get("tax_rate_id") or _its_own(known).tax_rate_id)
        try:
            if known is None:
                new_id = product_id or derive(self._import_id, f"row:{row.number}")
                after = new_product(ProductId(new_id), wish, ground, self._now)
                self.plan.added.append(after)
                return after
            if not known.not_yet(wish):
                self.plan.unchanged += 1
                return known
            after = known.change(wish, ground)
        except Invalid as refusal:
            errors: Any = refusal.facts["errors"]
            for error in errors:
                name = error["pointer"].split("/")[1]
                self._note(row, _COLUMN_OF[name], error["detail"])
            return None
        self.plan.changed.append((known, after))
        return after

    def _ground(self, rate_id: UUID) -> Ground:
        """Tell what a row stands on; what it names is there, or the row was not read so far."""
        points, is_active = self._menu.rates[rate_id]
        return Ground(
            has_category=True,
            rate_basis_points=points,
            rate_is_active=is_active,
            has_currency=True,
            modifiers=self._menu.modifiers,
        )

    def _note(self, row: Row, column: str, detail: str) -> None:
        self.plan.note(Fault(row.number, column, detail))


def _its_own(known: Product | None) -> Product:
    assert known is not None, "A new product names what it needs, or it was not read so far."
    return known
