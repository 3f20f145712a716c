"""What one piece costs: the product's price and what is chosen with it, never below nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo import catalog
from fynlo.catalog import Offer, Product, unit_price
from fynlo.catalog.model.offer import Modifier, ModifierNotOffered
from fynlo.kernel.ids import LineId, ProductId, TaxRateId, derive
from fynlo.kernel.money import MINOR_MAX, Money, currency
from fynlo.orders.pricing import Item, Priced, price_line
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from tests.support.shop import Shop, Till

GBP: Final = currency("GBP")
NOW: Final = datetime(2026, 3, 4, 12, tzinfo=UTC)
ZERO: Final = UUID(int=0)


def offer(price: int, *deltas: int) -> tuple[Offer, list[UUID]]:
    """Offer something with modifiers of these deltas; returns their ids too."""
    ids = [derive(ZERO, f"modifier:{n}") for n in range(len(deltas))]
    product = Product(
        id=ProductId(ZERO),
        category_id=None,
        name="Flat white",
        price=Money(price, GBP),
        tax_rate_id=TaxRateId(ZERO),
        rate_basis_points=2000,
        tax_included=True,
        barcode=None,
        needs_preparation=True,
        prep_minutes=3,
        active=True,
        version=1,
        created_at=NOW,
        modifier_ids=tuple(ids),
    )
    modifiers = {
        one: Modifier(
            one, f"Modifier {n}", Money(delta, GBP), active=True, version=1, created_at=NOW
        )
        for n, (one, delta) in enumerate(zip(ids, deltas, strict=True))
    }
    return Offer(product, modifiers, is_sold_out=False), ids


@pytest.mark.parametrize(
    ("price", "deltas", "chosen", "cost"),
    [
        (350, (60, -10), (), 350),
        (350, (60, -10), (0,), 410),
        (350, (60, -10), (1,), 340),
        (350, (60, -10), (0, 1), 400),
        (350, (60, -10), (0, 0), 470),
        (350, (0,), (0,), 350),
        (5, (-10, 60), (0,), 0),
        (5, (-10, 60), (0, 1), 55),
        (0, (-1,), (0,), 0),
        (MINOR_MAX, (1,), (0,), MINOR_MAX + 1),
    ],
)
def test_what_is_chosen_belongs_to_the_price_of_one(
    price: int, deltas: tuple[int, ...], chosen: tuple[int, ...], cost: int
) -> None:
    offered, ids = offer(price, *deltas)

    assert unit_price(offered, [ids[n] for n in chosen]) == Money(cost, GBP)


def test_what_cannot_be_had_with_it_is_named_once() -> None:
    offered, ids = offer(350, 60)
    one, other = uuid4(), uuid4()

    with pytest.raises(ModifierNotOffered, match="Flat white comes without") as refusal:
        unit_price(offered, [ids[0], one, other, one])

    assert refusal.value.facts == {"modifier_ids": [str(one), str(other)]}


DELTA: Final = st.integers(-1000, 1000)


@given(st.integers(0, 2000), st.lists(DELTA, max_size=6), st.data())
def test_a_price_is_the_sum_in_any_order_and_never_below_nothing(
    price: int, deltas: list[int], data: st.DataObject
) -> None:
    offered, ids = offer(price, *deltas)
    chosen = data.draw(st.lists(st.integers(0, len(ids) - 1), max_size=9)) if ids else []

    # What takes something off is chosen once.
    chosen = [n for at, n in enumerate(chosen) if deltas[n] >= 0 or n not in chosen[:at]]

    cost = unit_price(offered, [ids[n] for n in chosen])

    assert cost == Money(max(0, price + sum(deltas[n] for n in chosen)), GBP)
    assert cost == unit_price(offered, [ids[n] for n in reversed(chosen)])


def test_what_takes_something_off_is_chosen_once() -> None:
    offered, ids = offer(350, 60, -10)

    with pytest.raises(ModifierNotOffered) as refusal:
        unit_price(offered, [ids[1], ids[0], ids[1]])

    assert refusal.value.facts == {"modifier_ids": [str(ids[1])]}


def test_tr88_the_tax_of_a_line_is_that_of_its_price_with_what_was_chosen() -> None:
    offered, ids = offer(350, 60, -10)
    of = Priced(
        product_id=offered.product.id,
        name=offered.product.name,
        unit_price=unit_price(offered, [ids[0], ids[0], ids[1]]),
        tax_rate_id=offered.product.tax_rate_id,
        rate_basis_points=offered.product.rate_basis_points,
        tax_included=True,
        needs_preparation=True,
        prep_minutes=3,
    )

    line = price_line(Item(LineId(ZERO), of, 3000), Money(0, GBP))

    assert (line.total, line.tax) == (Money(1380, GBP), Money(230, GBP))


async def test_tr88_orders_get_a_product_with_all_that_it_is_priced_by(till: Till) -> None:
    shop = till.shop
    shot, oat, old = [
        said(
            await till.call(
                "POST", "/modifiers", {"name": name, "price_delta": delta, "currency": "GBP"}
            ),
            201,
        )
        for name, delta in (("Shot", 60), ("Oat milk", -5), ("Old", 7))
    ]
    ids = [oat["id"], shot["id"], old["id"]]
    coffee = f"/products/{shop.product_id('coffee')}"
    changed = said(await till.call("PATCH", coffee, {"modifier_ids": ids}), 200)
    assert changed["modifier_ids"] == ids
    said(await till.call("PATCH", f"/modifiers/{old['id']}", {"active": False}), 200)
    said(await till.call("PATCH", f"/modifiers/{shot['id']}", {"price_delta": 70}), 200)

    found = await offers(shop, "coffee", "meal")

    coffee_now = found[ProductId(shop.product_id("coffee"))]
    assert [(one.name, one.price_delta) for one in coffee_now.modifiers.values()] == [
        ("Oat milk", Money(-5, GBP)),
        ("Shot", Money(70, GBP)),
    ]
    assert coffee_now.product.modifier_ids == tuple(map(UUID, ids))
    assert unit_price(coffee_now, [UUID(shot["id"])]) == Money(403, GBP)
    with pytest.raises(ModifierNotOffered):
        unit_price(coffee_now, [UUID(old["id"])])
    assert found[ProductId(shop.product_id("meal"))].modifiers == {}


async def offers(shop: Shop, *names: str) -> dict[ProductId, Offer]:
    ids = [shop.product_id(name) for name in names]
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        return await catalog.offers(tx, shop.location_id, ids, shop.wiring.clock.now())


async def test_a_product_takes_only_modifiers_that_it_can_have(till: Till) -> None:
    shop = till.shop
    body = {"name": "Shot", "price_delta": 60, "currency": "GBP"}
    shot = said(await till.call("POST", "/modifiers", body), 201)["id"]
    abroad = {"name": "Abroad", "country": "IE", "currency": "EUR", "timezone": "Europe/Dublin"}
    async with shop.till("admin") as admin:
        said(await admin.call("POST", "/locations", abroad), 201)
    euro = said(await till.call("POST", "/modifiers", {**body, "currency": "EUR"}), 201)["id"]
    off = said(await till.call("POST", "/modifiers", {**body, "active": False}), 201)["id"]
    async with shop.stranger() as stranger:
        theirs = said(await stranger.call("POST", "/modifiers", body), 201)["id"]
    refused(
        await till.call("POST", "/modifiers", {**body, "currency": "JPY"}), 400, "invalid-request"
    )
    before = await shop.everything()
    wanted = [shot, theirs, euro, off, shot]

    coffee = f"/products/{shop.product_id('coffee')}"
    answer = await till.call("PATCH", coffee, {"modifier_ids": wanted, "price": 1})

    assert refused(answer, 400, "invalid-request")["errors"] == [
        {"pointer": "/modifier_ids/1", "detail": f"There is no modifier {theirs}."},
        {"pointer": "/modifier_ids/2", "detail": f"The modifier {euro} is in EUR."},
        {"pointer": "/modifier_ids/3", "detail": f"The modifier {off} is not in use."},
        {"pointer": "/modifier_ids/4", "detail": f"The modifier {shot} is named twice."},
    ]
    assert await shop.everything() == before
    said(await till.call("PATCH", coffee, {"modifier_ids": [shot]}), 200)
    kept = await till.call("PATCH", coffee, {"currency": "EUR"})
    assert refused(kept, 400, "invalid-request")["errors"] == [
        {"pointer": "/modifier_ids/0", "detail": f"The modifier {shot} is in GBP."}
    ]
    said(await till.call("PATCH", f"/modifiers/{shot}", {"active": False}), 200)
    named = {"modifier_ids": [shot], "name": "Coffee"}
    assert said(await till.call("PATCH", coffee, named), 200)["modifier_ids"] == [shot]
    moved = {"currency": "EUR", "modifier_ids": [euro]}
    assert said(await till.call("PATCH", coffee, moved), 200)["modifier_ids"] == [euro]
    assert said(await till.call("PATCH", coffee, {"modifier_ids": []}), 200)["modifier_ids"] == []
