"""A card's number in a file of the menu is a fault of its cell, and stands nowhere afterwards."""

from __future__ import annotations

import pytest

from fynlo.catalog.model.sheet import read_sheet
from tests.catalog.test_sheet import HEAD


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (f"{HEAD}\n4242424242424242,1,VAT,yes\nTea,1,VAT,yes", [(2, "name")]),
        (f"{HEAD},category\nTea,1,VAT,yes,5555 5555 5555 4444", [(2, "category")]),
        ("name,4242424242424242\nTea,1", [(1, "")]),
    ],
)
def test_x01_a_card_number_in_a_file_is_a_fault_and_not_quoted(
    text: str, faults: list[tuple[int, str]]
) -> None:
    found = read_sheet(text.encode())

    assert [(one.row, one.column) for one in found.faults] == faults
    assert {one.detail for one in found.faults} == {
        "This looks like the number of a card, which has no place here."
    }
    assert "4242" not in repr(found)
    assert "5555" not in repr(found)


def test_a_barcode_may_look_like_a_card_number() -> None:
    code = "3622720" + "6271667"

    assert read_sheet(f"{HEAD},barcode\nTea,1,VAT,yes,{code}".encode()).faults == ()
