"""The menu as a file: what spreadsheets make of it is read, and comes back the same."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.catalog.model.importing import Menu, export_menu, plan_import
from fynlo.catalog.model.product import Product
from fynlo.catalog.model.sheet import (
    COLUMNS,
    ROWS_MAX,
    Names,
    a_price,
    a_truth,
    escaped,
    minutes,
    plain,
    read_sheet,
    write_sheet,
)
from fynlo.kernel.ids import ProductId, TaxRateId, derive
from fynlo.kernel.money import MINOR_MAX, Money, currency

if TYPE_CHECKING:
    from fynlo.catalog.model.importing import Plan

GBP: Final = currency("GBP")
JPY: Final = currency("JPY")
KWD: Final = currency("KWD")
NOW: Final = datetime(2026, 3, 4, 12, tzinfo=UTC)
ZERO: Final = UUID(int=0)
VAT: Final = derive(ZERO, "vat")
OFF: Final = derive(ZERO, "off")
HOT: Final = derive(ZERO, "hot")
SHOT: Final = derive(ZERO, "shot")
EURO: Final = derive(ZERO, "euro")
TEA: Final = derive(ZERO, "tea")
PIE: Final = derive(ZERO, "pie")


def product(product_id: UUID, name: str, **more: object) -> Product:
    made = Product(
        id=ProductId(product_id),
        category_id=HOT,
        name=name,
        price=Money(250, GBP),
        tax_rate_id=TaxRateId(VAT),
        rate_basis_points=2000,
        tax_included=True,
        barcode=None,
        needs_preparation=True,
        prep_minutes=3,
        active=True,
        version=4,
        created_at=NOW,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def menu(*products: Product, units: tuple[str, ...] = ("GBP",)) -> Menu:
    return Menu(
        products={one.id: one for one in products},
        categories={HOT: "Hot drinks"},
        rate_names={VAT: "VAT", OFF: "Old VAT"},
        rates={VAT: (2000, True), OFF: (1750, False)},
        modifier_names={SHOT: "Extra shot", EURO: "Un peu plus"},
        modifiers={SHOT: (True, "GBP"), EURO: (True, "EUR")},
        currencies=frozenset(units),
    )


def plan(text: str | bytes, of: Menu) -> Plan:
    content = text.encode() if isinstance(text, str) else text
    return plan_import(read_sheet(content), of, ZERO, NOW)


def faults(text: str | bytes, of: Menu | None = None) -> list[tuple[int, str, str]]:
    found = plan(text, of or menu(product(TEA, "Tea"), product(PIE, "Pie", barcode="1"))).faults
    return [(one.row, one.column, one.detail) for one in found]


HEAD: Final = "name,price,tax_rate,tax_included"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+44 20", "'+44 20"),
        ("-5 % off", "'-5 % off"),
        ("@home", "'@home"),
        ("'=1", "''=1"),
        ("''", "'''"),
        ("'n Duja", "'n Duja"),
        ("'", "'"),
        ("O'Brien", "O'Brien"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    assert escaped(text) == cell
    assert plain(cell) == text


@given(st.text(alphabet="=+-@'a\t ", max_size=6) | st.text(max_size=20))
def test_what_is_escaped_comes_back_and_is_no_formula(text: str) -> None:
    assert plain(escaped(text)) == text
    assert escaped(text)[:1] not in {"=", "+", "-", "@"}


@pytest.mark.parametrize(
    ("text", "unit", "minor"),
    [
        ("12.50", GBP, 1250),
        ("12,5", GBP, 1250),
        ("12", GBP, 1200),
        (" 0.05 ", GBP, 5),
        ("0", GBP, 0),
        ("1250", JPY, 1250),
        ("1,234", KWD, 1234),
        ("1.2", KWD, 1200),
        ("9999999999.99", GBP, MINOR_MAX),
    ],
)
def test_a_price_is_read_without_losing_a_unit(text: str, unit: object, minor: int) -> None:
    assert a_price(text, unit).minor == minor  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1.234", "1,234.50", ".5", "5.", "1e3", "£5", "٣"]
)
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"A price in GBP looks like 12\.50"):
        a_price(text, GBP)


def test_a_price_has_an_end_and_the_digits_of_its_currency() -> None:
    with pytest.raises(ValueError, match="more than any price"):
        a_price("10000000000", GBP)
    with pytest.raises(ValueError, match="A price in JPY looks like 1250"):
        a_price("12.5", JPY)


@given(st.integers(0, MINOR_MAX), st.sampled_from([GBP, JPY, KWD]))
def test_a_price_that_is_written_is_read(minor: int, unit: object) -> None:
    written = Money(minor, unit).decimal()  # type: ignore[arg-type]

    assert a_price(written, unit) == Money(minor, unit)  # type: ignore[arg-type]


def test_words_of_people_are_read() -> None:
    assert [a_truth(one) for one in ("yes", "TRUE", " 1 ", "No", "false", "0")] == [True] * 3 + [
        False
    ] * 3
    assert (minutes("0"), minutes(" 1440 ")) == (0, 1440)
    for wrong in ("1441", "-1", "1.5", "", "٣", "00001"):
        with pytest.raises(ValueError, match="whole number of minutes"):
            minutes(wrong)
    with pytest.raises(ValueError, match="yes or no"):
        a_truth("maybe")


def test_a_name_means_the_only_thing_of_that_name() -> None:
    twin, odd = derive(ZERO, "twin"), derive(ZERO, "odd")
    names = Names([(HOT, "Hot"), (twin, "Twin"), (odd, "Twin"), (SHOT, str(VAT)), (VAT, "a | b")])

    assert (names.find("Hot"), names.find("hot"), names.find(str(twin))) == (HOT, None, twin)
    assert [names.write(one) for one in (HOT, twin, SHOT)] == ["Hot", str(twin), str(SHOT)]
    assert names.write_all([HOT, VAT]) == f"Hot | {VAT}"
    with pytest.raises(ValueError, match="Several things are called Twin"):
        names.find("Twin")
    with pytest.raises(ValueError, match="nothing with the id"):
        names.find(str(PIE))


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("between", [",", ";"])
def test_files_of_every_spreadsheet_are_read(start: str, end: str, between: str) -> None:
    head = between.join((" Name ", "PRICE", "tax_rate", "tax_included", "category"))
    text = start + head + end + between.join(('"Tea, ""hot"""', '"2,5"', "VAT", "yes")) + end + end

    found = plan(text, menu())

    assert found.faults == []
    (tea,) = found.added
    assert (tea.name, tea.price, tea.category_id, tea.tax_included, tea.version) == (
        'Tea, "hot"',
        Money(250, GBP),
        None,
        True,
        1,
    )
    assert (tea.id, tea.rate_basis_points) == (derive(ZERO, "row:2"), 2000)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"name\nTea\nCaf\xe9\n", (3, "", "This is not UTF-8: save the file as UTF-8.")),
        ("\n", (1, "", "The first row names the columns.")),
        (",,", (1, "", "The first row names the columns.")),
        ("name,cost", (1, "cost", "There is no such column.")),
        ("name,", (1, "", "There is no such column.")),
        ("name,NAME", (1, "name", "This column is there twice.")),
        ('name\n"Tea', (2, "", "This cannot be read: unexpected end of data.")),
        (f"{HEAD}\nTea,1,VAT,yes,", (2, "", "There are more cells than columns.")),
        (f"{HEAD}\n,1,VAT,yes", (2, "name", "A new product needs it.")),
        (f"{HEAD}\nTea,,VAT,yes", (2, "price", "A new product needs it.")),
        (f"{HEAD}\nTea,1,,yes", (2, "tax_rate", "A new product needs it.")),
        (f"{HEAD}\nTea,1,VAT", (2, "tax_included", "A new product needs it.")),
        (f"{HEAD}\nTea,x,VAT,yes", (2, "price", "A price in GBP looks like 12.50.")),
        (f"{HEAD}\nTea,1,vat,yes", (2, "tax_rate", "Nothing is called vat.")),
        (f"{HEAD}\nTea,1,Old VAT,yes", (2, "tax_rate", f"The tax rate {OFF} is not in use.")),
        (f"{HEAD}\nTea,1,VAT,oui", (2, "tax_included", "This is yes or no.")),
        (f'{HEAD}\n"a\nb",1,VAT,no', (2, "name", "This is one line of 1 to 200 characters.")),
        (f"{HEAD},id\nTea,1,VAT,no,7",
         (2, "id", "This is no id: leave it empty for a new product.")),
        (f"{HEAD},currency\nTea,1,VAT,no,EUR", (2, "currency", "No location sells in EUR.")),
        (f"{HEAD},prep_minutes\nTea,1,VAT,no,x",
         (2, "prep_minutes", "This is a whole number of minutes from 0 to 1440.")),
        (f"{HEAD},modifiers\nTea,1,VAT,no,Extra shot | Oat",
         (2, "modifiers", "Nothing is called Oat.")),
        (f"{HEAD},modifiers\nTea,1,VAT,no,Un peu plus",
         (2, "modifiers", f"The modifier {EURO} is in EUR.")),
        (f"{HEAD},modifiers\nTea,1,VAT,no,Extra shot|Extra shot",
         (2, "modifiers", f"The modifier {SHOT} is named twice.")),
        (f"{HEAD},category\nTea,1,VAT,no,{PIE}",
         (2, "category", f"There is nothing with the id {PIE}.")),
        (f"{HEAD},category\nTea,1,VAT,no,{'x' * 201}",
         (2, "category", "This is one line of 1 to 200 characters.")),
        (f"{HEAD},barcode\nTea,1,VAT,no,{'1' * 65}",
         (2, "barcode", "This is one line of 1 to 64 characters.")),
        (f"{HEAD},barcode\nTea,1,VAT,no,1",
         (2, "barcode", f"This is the barcode of {PIE}: write that in the column id.")),
        (f"id,price,version\n{TEA},3,3",
         (2, "version", "The product has version 4 by now: export it again.")),
        (f"id,version\n{TEA},5",  # It changes nothing, but whoever wrote it saw something else.
         (2, "version", "The product has version 4 by now: export it again.")),
        (f"id,price,version\n{TEA},3,4.0",
         (2, "version", "This is a whole number, as the export wrote it.")),
        (f"id,version\n{TEA},{'4' * 19}",
         (2, "version", "This is a whole number, as the export wrote it.")),
        (f"id,name\n{TEA},Tea\n{TEA},Chai", (3, "id", "This id is in row 2 too.")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(
    text: str | bytes, found: tuple[int, str, str]
) -> None:
    assert faults(text) == [found]


def test_everything_that_is_wrong_is_said_at_once_and_in_order() -> None:
    text = f"{HEAD},barcode\nTea,x,vat,oui,9\nTea,1,VAT,yes,9,\nTea,1,VAT,yes,9\nPie,1,VAT,yes,9\n"

    assert [(row, column) for row, column, _ in faults(text)] == [
        *((2, "tax_rate"), (2, "tax_included"), (2, "price")),
        *((3, ""), (5, "barcode")),
    ]


def test_a_file_is_not_endless() -> None:
    text = "name\n" + "Tea\n" * (ROWS_MAX + 1)

    assert faults(text) == [(ROWS_MAX + 2, "", "A file has at most 5000 rows.")]
    assert len(read_sheet(("name\n" + "Tea\n" * ROWS_MAX).encode()).rows) == ROWS_MAX


def test_with_several_currencies_a_new_product_names_its_own() -> None:
    two = menu(product(TEA, "Tea"), units=("GBP", "EUR"))

    assert faults(f"{HEAD}\nPie,1,VAT,yes", two) == [(2, "currency", "A new product needs it.")]
    text = f"{HEAD},currency\nPie,1,VAT,yes,EUR"
    assert plan(text, two).added[0].price == Money(100, currency("EUR"))
    moved = f"id,currency\n{TEA},EUR"
    assert faults(moved, two) == [(2, "price", "Another currency needs another price.")]
    ((_, after),) = plan(f"id,currency,price\n{TEA},EUR,3", two).changed
    assert after.price == Money(300, currency("EUR"))


def test_a_product_keeps_what_the_file_does_not_say() -> None:
    tea = product(TEA, "Tea", barcode="5", modifier_ids=(SHOT,), tax_rate_id=TaxRateId(OFF))
    text = f"id,price,name,active,tax_rate\n{TEA},3,,,\n"

    ((was, after),) = plan(text, menu(tea)).changed

    assert was == tea
    assert after == replace(tea, price=Money(300, GBP), version=5, rate_basis_points=1750)
    emptied = f"id,category,barcode,modifiers\n{TEA},,,\n"
    ((_, bare),) = plan(emptied, menu(tea)).changed
    assert (bare.category_id, bare.barcode, bare.modifier_ids) == (None, None, ())
    same = plan(f"id,price,tax_rate,currency\n{TEA},2.5,Old VAT,GBP\n", menu(tea))
    assert (same.counts(), same.faults) == ({"added": 0, "changed": 0, "unchanged": 1}, [])


def test_a_row_about_the_version_that_there_is_changes_it() -> None:
    of = menu(product(TEA, "Tea"))

    for version in ("4", " 04 ", "", " "):
        ((_, after),) = plan(f"id,price,version\n{TEA},3,{version}", of).changed
        assert (after.price, after.version) == (Money(300, GBP), 5)
    (new,) = plan(f"{HEAD},version\nPie,1,VAT,yes,7", of).added
    assert new.version == 1


def test_categories_that_are_not_there_are_added_once() -> None:
    text = f"{HEAD},category\nTea,1,VAT,yes,Cold\nPie,1,VAT,yes,Cold\nCake,1,VAT,yes,Hot drinks\n"

    found = plan(text, menu())

    assert found.categories == {"Cold": derive(ZERO, "category:Cold")}
    cold = found.categories["Cold"]
    assert [one.category_id for one in found.added] == [cold, cold, HOT]


def test_two_products_may_exchange_their_barcodes() -> None:
    tea, pie = product(TEA, "Tea", barcode="1"), product(PIE, "Pie", barcode="2")

    found = plan(f"id,barcode\n{TEA},2\n{PIE},1\n", menu(tea, pie))

    assert found.faults == []
    assert [after.barcode for _, after in found.changed] == ["2", "1"]


def test_an_unknown_id_names_a_new_product() -> None:
    found = plan(f"{HEAD},id\nTea,1,VAT,yes,{TEA}", menu())

    assert [one.id for one in found.added] == [TEA]


LINE: Final = st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("=+-@';,\"| "),
    min_size=1,
    max_size=12,
)


@given(st.data())
def test_a_menu_that_is_exported_and_imported_stays_as_it_is(data: st.DataObject) -> None:
    categories = {derive(ZERO, f"c{n}"): data.draw(LINE) for n in range(3)}
    extras = {derive(ZERO, f"m{n}"): data.draw(LINE) for n in range(3)}
    products = [
        product(
            derive(ZERO, f"p{n}"),
            data.draw(LINE),
            category_id=data.draw(st.sampled_from([None, *categories])),
            price=Money(
                data.draw(st.integers(0, MINOR_MAX)), data.draw(st.sampled_from([GBP, KWD]))
            ),
            barcode=data.draw(st.sampled_from([None, f"{data.draw(LINE)}{n}"])),
            modifier_ids=tuple(data.draw(st.lists(st.sampled_from(list(extras)), unique=True))),
            tax_included=data.draw(st.booleans()),
            prep_minutes=data.draw(st.integers(0, 1440)),
        )
        for n in range(3)
    ]
    whole = replace(
        menu(*products),
        categories=categories,
        modifier_names=extras,
        modifiers=dict.fromkeys(extras, (False, "EUR")),
    )

    text = export_menu(whole)
    found = plan(text, whole)

    assert (found.counts(), found.faults) == ({"added": 0, "changed": 0, "unchanged": 3}, [])
    assert text.startswith("\ufeff" + ",".join(COLUMNS) + "\r\n")


@given(st.lists(st.fixed_dictionaries({column: st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("=+-@'"), max_size=8)
    for column in COLUMNS}), max_size=4))  # fmt: skip
def test_any_text_survives_the_file(rows: list[dict[str, str]]) -> None:
    read = read_sheet(write_sheet(rows).encode())

    kept = [row for row in rows if any(escaped(cell).strip() for cell in row.values())]
    assert [dict(row.cells) for row in read.rows] == kept
    assert read.faults == ()


@given(st.binary(max_size=200).filter(lambda content: not content.startswith(b"id")))
def test_whatever_comes_is_read_and_what_names_no_product_changes_none(content: bytes) -> None:
    found = plan(content, menu(product(TEA, "Tea")))

    assert (found.changed, found.unchanged) == ([], 0)


def test_no_cell_of_a_text_begins_a_formula_where_semicolons_divide() -> None:
    text = export_menu(menu(product(TEA, 'Tea;=1+1;"', barcode="1;-2")))
    for cells in csv.reader(text.splitlines()[1:], delimiter=";"):
        assert not any(cell[:1] in {*"=+-@"} for cell in cells)
