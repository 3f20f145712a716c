"""The demo shop: fixed people and a real-looking menu, the same in every installation."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from fynlo import catalog
from fynlo.catalog import Product
from fynlo.kernel.ids import (
    LocationId,
    MerchantId,
    ProductId,
    RegisterId,
    StaffId,
    TaxRateId,
    derive,
)
from fynlo.kernel.money import Money, currency
from fynlo.staff import Founding, Hire, Role, found
from fynlo.staff.hashing import passwords

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.platform.clock import Clock
    from fynlo.platform.database import Database

DEMO: Final = MerchantId(UUID("0197e0c4-8d4c-7000-8000-0000000f4d10"))
PASSWORD: Final = "fynlo-demo"  # noqa: S105 - printed in the README

STANDARD_RATE: Final = TaxRateId(derive(DEMO, "tax:20"))
ZERO_RATE: Final = TaxRateId(derive(DEMO, "tax:0"))
LOCATION: Final = LocationId(derive(DEMO, "location"))
REGISTERS: Final = (RegisterId(derive(DEMO, "register:1")), RegisterId(derive(DEMO, "register:2")))

# Prices avoid the endings that test readers decline: 01 02 03 05 55 60 65 75.
MENU: Final = {
    "Starters": (
        ("Soup of the day", 690, 5),
        ("Bread and olives", 540, 0),
        ("Whitebait", 790, 8),
        ("Goat's cheese tart", 850, 8),
        ("Scotch egg", 720, 6),
    ),
    "Mains": (
        ("Fish and chips", 1690, 15),
        ("Steak and ale pie", 1580, 18),
        ("Beef burger", 1520, 14),
        ("Mushroom risotto", 1440, 16),
        ("Chicken Caesar salad", 1390, 10),
        ("Sirloin steak", 2490, 18),
        ("Vegetable curry", 1350, 14),
    ),
    "Sides": (
        ("Chips", 450, 6),
        ("Green salad", 480, 4),
        ("Onion rings", 490, 6),
        ("Seasonal vegetables", 470, 6),
    ),
    "Desserts": (
        ("Sticky toffee pudding", 740, 7),
        ("Apple crumble", 710, 7),
        ("Chocolate brownie", 690, 5),
        ("Ice cream, two scoops", 520, 2),
        ("Cheese board", 980, 4),
    ),
    "Coffee and tea": (
        ("Espresso", 280, 2),
        ("Flat white", 350, 3),
        ("Cappuccino", 350, 3),
        ("Pot of tea", 310, 2),
        ("Hot chocolate", 390, 3),
    ),
    "Soft drinks": (
        ("Still water", 220, 0),
        ("Sparkling water", 230, 0),
        ("Cola", 320, 0),
        ("Orange juice", 340, 0),
        ("Elderflower pressé", 380, 0),
    ),
    "Beer and wine": (
        ("Pint of lager", 590, 0),
        ("Pint of bitter", 570, 0),
        ("House white, 175 ml", 680, 0),
        ("House red, 175 ml", 680, 0),
        ("Prosecco, glass", 740, 0),
    ),
    "To take home": (
        ("Sourdough loaf", 420, 0),
        ("Bag of ground coffee", 890, 0),
        ("Jar of chutney", 490, 0),
        ("Gift voucher", 2500, 0),
    ),
}
"""Category → (name, price in pence, minutes of preparation)."""

ZERO_RATED: Final = frozenset(
    {"Sourdough loaf", "Bag of ground coffee", "Jar of chutney", "Gift voucher"}
)


class Dish(NamedTuple):
    """One thing on the menu: its price in pence, and how long the kitchen needs."""

    name: str
    pence: int
    minutes: int


@dataclass(frozen=True, slots=True)
class _Person:
    mailbox: str
    name: str
    role: Role
    pin: str | None


PEOPLE: Final = (
    _Person("owner", "Olivia Owner", Role.ADMIN, None),
    _Person("manager", "Max Manager", Role.MANAGER, "2580"),
    _Person("cashier", "Carla Cashier", Role.CASHIER, "1234"),
    _Person("kitchen", "Kim Kitchen", Role.KITCHEN, None),
)


async def seed_demo(db: Database, clock: Clock) -> bool:
    """Make the demo shop unless it is there; return whether it was made."""
    now = clock.now()
    async with db.transaction(DEMO) as tx:
        if await tx.fetchval("select true from merchants where id = $1", DEMO):
            return False
    hires = [await asyncio.to_thread(_hire, person) for person in PEOPLE]
    founding = Founding(
        merchant_id=DEMO,
        name="The Demo Arms",
        country="GB",
        currency="GBP",
        timezone="Europe/London",
        location_id=LOCATION,
        registers=tuple((one, f"Till {n}") for n, one in enumerate(REGISTERS, start=1)),
        hires=tuple(hires),
    )
    async with db.transaction(DEMO) as tx:
        found(tx, founding, now)
        await catalog.insert_tax_rate(tx, STANDARD_RATE, "VAT 20 %", 2000, now)
        await catalog.insert_tax_rate(tx, ZERO_RATE, "VAT 0 %", 0, now)
        for position, name in enumerate(MENU):
            await catalog.insert_category(tx, _category_id(name), name, position, now)
        for category, dishes in MENU.items():
            for dish in dishes:
                await catalog.insert_product(tx, _product(_category_id(category), Dish(*dish), now))
    return True


def _category_id(name: str) -> UUID:
    return derive(DEMO, f"category:{name}")


def _hire(person: _Person) -> Hire:
    return Hire(
        id=StaffId(derive(DEMO, f"staff:{person.mailbox}")),
        name=person.name,
        email=f"{person.mailbox}@demo.fynlo.test",
        role=person.role,
        password_hash=passwords.hash(PASSWORD),
        pin_hash=None if person.pin is None else passwords.hash(person.pin),
    )


def _product(category_id: UUID, dish: Dish, now: datetime) -> Product:
    is_zero_rated = dish.name in ZERO_RATED
    return Product(
        id=ProductId(derive(DEMO, f"product:{dish.name}")),
        category_id=category_id,
        name=dish.name,
        price=Money(dish.pence, currency("GBP")),
        tax_rate_id=ZERO_RATE if is_zero_rated else STANDARD_RATE,
        rate_basis_points=0 if is_zero_rated else 2000,
        tax_included=True,
        barcode=None,
        needs_preparation=dish.minutes > 0,
        prep_minutes=dish.minutes,
        active=True,
        version=1,
        created_at=now,
    )
