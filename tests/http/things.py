"""What a shop is set up with, as bodies that a test can go through field by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from fynlo.kernel.ids import derive

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.shop import Shop

Body = dict[str, Any]


@dataclass(frozen=True)
class Thing:
    """One kind of thing: where it is, who may make and change it, and what it is made of.

    `other` says something else for each field of `body`; `fixed` are those that no change names,
    `secret` those that no answer holds, and `added` is what an answer says beside the body.
    """

    path: str
    permission: str
    table: str
    body: Callable[[Shop], Body]
    other: Callable[[Shop], Body]
    added: Body
    fixed: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.path.removeprefix("/")

    @property
    def refused(self) -> tuple[str, ...]:
        """Name the roles that may not touch it."""
        all_but_admins = ("kitchen", "cashier", "manager")
        return all_but_admins[:2] if self.permission == "catalog.manage" else all_but_admins

    def shown(self, body: Body, **more: object) -> Body:
        """Return what an answer says of a body."""
        kept = {name: value for name, value in body.items() if name not in self.secret}
        return {**kept, **self.added, **more}

    def changes(self, shop: Shop) -> Body:
        """Return something else for each field that can be changed."""
        other = {n: value for n, value in self.other(shop).items() if n not in self.fixed}
        return other | ({"active": False} if "active" in self.added else {})


def _location(_shop: Shop) -> Body:
    return {
        "name": "Branch",
        "country": "GB",
        "currency": "GBP",
        "timezone": "Europe/London",
        "day_cutoff": "04:00:00",
    }


def _elsewhere(_shop: Shop) -> Body:
    return {
        "name": "Filiale",
        "country": "JP",
        "currency": "JPY",
        "timezone": "Asia/Tokyo",
        "day_cutoff": "05:30:15",
    }


def _category_of(shop: Shop) -> str:
    return str(derive(shop.merchant_id, "category"))


def _rate(shop: Shop) -> str:
    return str(derive(shop.merchant_id, "tax:20"))


def _product(shop: Shop) -> Body:
    return {
        "name": "Tea",
        "price": 250,
        "currency": "GBP",
        "tax_rate_id": _rate(shop),
        "tax_included": True,
        "category_id": None,
        "barcode": "5012345678900",
        "modifier_ids": [],
        "needs_preparation": True,
        "prep_minutes": 3,
        "active": True,
    }


def _other_product(shop: Shop) -> Body:
    return {
        "name": "Coffee",
        "price": 0,
        "currency": "EUR",
        "tax_rate_id": str(derive(shop.merchant_id, "tax:0")),
        "tax_included": False,
        "category_id": _category_of(shop),
        "barcode": None,
        "modifier_ids": [str(derive(shop.merchant_id, "extra"))],
        "needs_preparation": False,
        "prep_minutes": 0,
        "active": False,
    }


def _person(shop: Shop) -> Body:
    return {
        "name": "Ann",
        "email": f"ann@{shop.merchant_id}.test",
        "role": "cashier",
        "password": "a long secret",
        "pin": "4711",
        "location_ids": [str(shop.location_id)],
    }


def _other_person(shop: Shop) -> Body:
    return {
        "name": "Bea",
        "email": f"bea@{shop.merchant_id}.test",
        "role": "manager",
        "password": "another secret",
        "pin": None,
        "location_ids": [],
    }


THINGS: Final = (
    Thing("/locations", "settings.manage", "locations", _location, _elsewhere, {"active": True}),
    Thing(
        "/registers",
        "settings.manage",
        "registers",
        lambda shop: {"location_id": str(shop.location_id), "name": "Bar"},
        lambda shop: {"location_id": str(derive(shop.merchant_id, "branch")), "name": "Door"},
        {"active": True},
        fixed=frozenset({"location_id"}),
    ),
    Thing(
        "/stations",
        "settings.manage",
        "stations",
        lambda shop: {
            "location_id": str(shop.location_id),
            "name": "Grill",
            "category_ids": [_category_of(shop)],
        },
        lambda shop: {
            "location_id": str(derive(shop.merchant_id, "branch")),
            "name": "Cold kitchen",
            "category_ids": [],
        },
        {"active": True},
        fixed=frozenset({"location_id"}),
    ),
    Thing(
        "/staff",
        "staff.manage",
        "staff",
        _person,
        _other_person,
        {"active": True},
        secret=frozenset({"password", "pin"}),
    ),
    Thing(
        "/categories",
        "catalog.manage",
        "categories",
        lambda _: {"name": "Hot drinks", "position": 3},
        lambda _: {"name": "Cold drinks", "position": 0},
        {},
    ),
    Thing(
        "/tax-rates",
        "catalog.manage",
        "tax_rates",
        lambda _: {"name": "Reduced", "rate_basis_points": 500},
        lambda _: {"name": "Full", "rate_basis_points": 10_000},
        {"active": True},
    ),
    Thing(
        "/modifiers",
        "catalog.manage",
        "modifiers",
        lambda _: {"name": "Extra shot", "price_delta": 60, "currency": "GBP", "active": True},
        lambda _: {"name": "No milk", "price_delta": -10, "currency": "EUR", "active": False},
        {},
        fixed=frozenset({"currency"}),
    ),
    Thing("/products", "catalog.manage", "products", _product, _other_product, {}),
)


async def prepare(shop: Shop) -> None:
    """Give a shop what the bodies above name: a branch in euros, a category, a rate, an extra."""
    now, merchant_id = shop.wiring.clock.now(), shop.merchant_id
    async with shop.wiring.db.transaction(merchant_id) as tx:
        tx.write(
            "insert into locations (merchant_id, id, name, country, currency, timezone, created_at)"
            " values ($1, $2, 'Branch', 'IE', 'EUR', 'Europe/Dublin', $3)",
            *(merchant_id, derive(merchant_id, "branch"), now),
        )
        tx.write(
            "insert into categories (merchant_id, id, name, created_at) values ($1, $2, 'All', $3)",
            *(merchant_id, derive(merchant_id, "category"), now),
        )
        tx.write(
            "insert into tax_rates (merchant_id, id, name, rate_basis_points, created_at)"
            " values ($1, $2, 'Zero', 0, $3)",
            *(merchant_id, derive(merchant_id, "tax:0"), now),
        )
        tx.write(
            "insert into modifiers (merchant_id, id, name, price_delta_minor, currency, created_at)"
            " values ($1, $2, 'Extra', 50, 'EUR', $3)",
            *(merchant_id, derive(merchant_id, "extra"), now),
        )


def with_an_id(body: Body) -> Body:
    """Return a body under a new id of its caller's own."""
    return {**body, "id": str(uuid4())}
