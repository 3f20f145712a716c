"""The merchants who sell: one over HTTP, one whose sales pgbench repeats; both alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from bench.till import Shop, Till
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
from fynlo.platform.clock import SystemClock
from fynlo.staff import Founding, Hire, Role, found
from fynlo.staff.hashing import passwords

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.platform.database import Database, Tx

REGISTERS: Final = 16
"""As many sales are in flight; each register has a drawer, so that no drawer's row is hot."""

SELLING: Final = MerchantId(UUID("0197e0c4-8d4c-7000-8000-000000000a11"))
REPEATED: Final = MerchantId(UUID("0197e0c4-8d4c-7000-8000-000000000b22"))
BASKET: Final = (("Fish and chips", 1690), ("Pint of bitter", 570))
_PASSWORD: Final = "fynlo-bench"  # noqa: S105 - of shops that live for minutes


async def found_shop(db: Database, merchant_id: MerchantId) -> None:
    """Found a merchant with a location, many registers, a manager and two products."""
    now = SystemClock().now()
    location_id = LocationId(derive(merchant_id, "location"))
    registers = [RegisterId(derive(merchant_id, f"register:{n}")) for n in range(REGISTERS)]
    manager = Hire(
        id=StaffId(derive(merchant_id, "staff")),
        name="Manager",
        email=_email(merchant_id),
        role=Role.MANAGER,
        password_hash=passwords.hash(_PASSWORD),
    )
    founding = Founding(
        merchant_id=merchant_id,
        name="The Bench",
        country="GB",
        currency="GBP",
        timezone="Europe/London",
        location_id=location_id,
        registers=tuple((one, f"Till {n}") for n, one in enumerate(registers, start=1)),
        hires=(manager,),
    )
    async with db.transaction(merchant_id) as tx:
        found(tx, founding, now)
        await _catalogue(tx, now)


def _email(merchant_id: MerchantId) -> str:
    return f"{merchant_id}@bench.fynlo.test"


async def _catalogue(tx: Tx, now: datetime) -> None:
    merchant_id = tx.merchant_id
    rate_id, category_id = TaxRateId(derive(merchant_id, "tax")), derive(merchant_id, "category")
    await catalog.insert_tax_rate(tx, rate_id, "VAT 20 %", 2000, now)
    await catalog.insert_category(tx, category_id, "All", 0, now)
    for name, pence in BASKET:
        product = Product(
            id=ProductId(derive(merchant_id, f"product:{name}")),
            category_id=category_id,
            name=name,
            price=Money(pence, currency("GBP")),
            tax_rate_id=rate_id,
            rate_basis_points=2000,
            tax_included=True,
            barcode=None,
            needs_preparation=True,
            prep_minutes=10,
            active=True,
            version=1,
            created_at=now,
        )
        await catalog.insert_product(tx, product)


async def sign_in(url: str, merchant_id: MerchantId) -> Shop:
    """Sign the manager in at a server."""
    at = urlsplit(url)
    assert at.hostname is not None
    assert at.port is not None
    shop = Shop(
        host=at.hostname,
        port=at.port,
        token="",
        registers=[str(derive(merchant_id, f"register:{n}")) for n in range(REGISTERS)],
        products=[str(derive(merchant_id, f"product:{name}")) for name, _ in BASKET],
    )
    door = await Till(shop).connect()
    who = msgspec.json.encode({"email": _email(merchant_id), "password": _PASSWORD})
    answer = msgspec.json.decode(await door.post("/auth/login", who, status=200))
    door.close()
    return msgspec.structs.replace(shop, token=answer["access_token"])


async def open_drawers(shop: Shop) -> None:
    """Open a drawer session at every register."""
    till = await Till(shop).connect()
    for register_id in shop.registers:
        body = msgspec.json.encode({"register_id": register_id, "opening_amount": 10_000})
        await till.post("/drawers/sessions", body, status=201)
    till.close()
