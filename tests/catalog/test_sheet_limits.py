"""How much of a file is read, and told: a small one must not cost minutes."""

from __future__ import annotations

from dataclasses import replace

from fynlo.catalog.model.importing import FAULTS_MAX
from fynlo.catalog.model.product import MODIFIERS_MAX
from fynlo.kernel.ids import derive
from tests.catalog.test_sheet import HEAD, TEA, ZERO, faults, menu, plan, product


def test_a_row_names_as_many_modifiers_as_a_product_offers_and_each_once() -> None:
    extras = {derive(ZERO, f"extra {n}"): f"Extra {n}" for n in range(MODIFIERS_MAX + 1)}
    whole = replace(
        menu(product(TEA, "Tea")),
        modifier_names=extras,
        modifiers=dict.fromkeys(extras, (True, "GBP")),
    )
    names = list(extras.values())

    def of(*wanted: str) -> list[tuple[int, str, str]]:
        return faults(f"id,modifiers\n{TEA},{' | '.join(wanted)}", whole)

    assert of(*names[:-1]) == []
    assert of(*names) == [(2, "modifiers", "A product offers at most 100 modifiers.")]
    (twice,) = of(names[0], names[1], names[0])
    assert twice[2].endswith("is named twice.")


def test_of_very_many_faults_the_first_are_told_and_all_are_counted() -> None:
    rows = "\n".join("Tea,x,none,yes" for _ in range(400))

    found = plan(f"{HEAD}\n{rows}\n,,,,more", menu())

    assert (len(found.faults), found.fault_count) == (FAULTS_MAX, 801)
    assert [one.row for one in found.faults] == sorted(one.row for one in found.faults)
    assert found.faults[-1].row == 402
