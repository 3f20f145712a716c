"""Setting the shop up: its places, its people, and what is on the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.seed import LOCATION, STANDARD_RATE
from tools.examples.script import Call, named, product

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.examples.script import Step


def adding(path: str, what: str, body: Mapping[str, Any], other: Mapping[str, Any]) -> list[Call]:
    """Add something, and then something else under its id."""
    return [
        Call(
            to=f"POST {path}",
            title=f"A new {what}",
            body=dict(body),
            status=201,
            by="owner",
            denied="cashier",
        ),
        Call(
            to=f"POST {path}",
            title=f"An id of another {what}",
            body={**body, **other},
            status=409,
            by="owner",
        ),
    ]


def changing(path: str, what: str, wish: Mapping[str, Any]) -> list[Call]:
    """Change something, and then its older version."""
    return [
        Call(
            to=f"PATCH {path}",
            title=f"A changed {what}",
            body={**wish, "version": 1},
            by="owner",
            denied="cashier",
        ),
        Call(
            to=f"PATCH {path}",
            title=f"Somebody changed the {what} first",
            body={**wish, "version": 1},
            status=409,
            by="owner",
        ),
    ]


_MARKET: Final = {
    "id": str(named("location:market")),
    "name": "Market hall",
    "country": "GB",
    "currency": "GBP",
    "timezone": "Europe/London",
    "day_cutoff": "05:00",
}
_BAR: Final = {
    "id": str(named("register:bar")),
    "location_id": str(LOCATION),
    "name": "Bar",
}
_SAM: Final = {
    "id": str(named("staff:sam")),
    "name": "Sam Price",
    "email": "sam@demo.fynlo.test",
    "role": "cashier",
    "password": "a long password",
    "pin": "4711",
    "location_ids": [str(LOCATION)],
}
_SPECIALS: Final = {"id": str(named("category:Specials")), "name": "Specials", "position": 9}
_REDUCED: Final = {
    "id": str(named("tax:5")),
    "name": "Reduced rate",
    "rate_basis_points": 500,
}
_GRILL: Final = {
    "id": str(named("station:grill")),
    "location_id": str(LOCATION),
    "name": "Grill",
    "category_ids": [str(named("category:Mains"))],
}
_PIE: Final = {
    "id": str(named("product:Pie of the day")),
    "name": "Pie of the day",
    "category_id": str(named("category:Specials")),
    "price": 1250,
    "currency": "GBP",
    "tax_rate_id": str(STANDARD_RATE),
    "tax_included": True,
    "barcode": "5000112637922",
    "needs_preparation": True,
    "prep_minutes": 15,
}

SCENE: Final[tuple[Step, ...]] = (
    *adding("/locations", "location", _MARKET, {"name": "Station"}),
    *changing(f"/locations/{_MARKET['id']}", "location", {"day_cutoff": "03:00"}),
    *adding("/registers", "register", _BAR, {"name": "Terrace"}),
    Call(
        to="POST /registers",
        title="A location that does not exist",
        body={"location_id": str(named("location:none")), "name": "Terrace"},
        status=400,
        by="owner",
    ),
    *changing(f"/registers/{_BAR['id']}", "register", {"name": "Long bar"}),
    *adding("/staff", "colleague", _SAM, {"name": "Sam Prince"}),
    Call(
        to="POST /staff",
        title="An address that somebody has",
        body={**_SAM, "id": str(named("staff:kim")), "email": "cashier@demo.fynlo.test"},
        status=409,
        by="owner",
    ),
    *changing(f"/staff/{_SAM['id']}", "colleague", {"role": "manager"}),
    Call(
        to=f"PATCH /staff/{_SAM['id']}",
        title="An address that somebody else has",
        body={"email": "cashier@demo.fynlo.test"},
        status=409,
        by="owner",
    ),
    Call(to="GET /staff", title="Everybody", by="owner", denied="cashier"),
    Call(to=f"GET /staff/{_SAM['id']}", title="One colleague", by="owner", denied="cashier"),
    *adding("/categories", "category", _SPECIALS, {"name": "Pies"}),
    *changing(f"/categories/{_SPECIALS['id']}", "category", {"position": 0}),
    Call(to=f"GET /categories/{_SPECIALS['id']}", title="One category"),
    *adding("/tax-rates", "tax rate", _REDUCED, {"rate_basis_points": 600}),
    *changing(f"/tax-rates/{_REDUCED['id']}", "tax rate", {"name": "Reduced VAT"}),
    *adding("/stations", "station", _GRILL, {"name": "Oven"}),
    *changing(f"/stations/{_GRILL['id']}", "station", {"name": "Hot kitchen"}),
    Call(to="GET /stations", title="All stations"),
    Call(to=f"GET /stations?location_id={LOCATION}", title="The stations of a location"),
    Call(to=f"GET /stations/{_GRILL['id']}", title="One station"),
    Call(to=f"GET /tax-rates/{_REDUCED['id']}", title="One tax rate"),
    *adding("/products", "product", _PIE, {"price": 1300}),
    Call(
        to="POST /products",
        title="A barcode that another product has",
        body={**_PIE, "id": str(named("product:Pasty")), "name": "Pasty"},
        status=409,
        by="owner",
    ),
    *changing(f"/products/{product('Pie of the day')}", "product", {"price": 1150}),
    Call(
        to=f"PATCH /products/{product('Fish and chips')}",
        title="A barcode that another product has already",
        body={"barcode": _PIE["barcode"]},
        status=409,
        by="owner",
    ),
)

LATER: Final[tuple[Step, ...]] = (
    Call(
        to=f"PATCH /locations/{LOCATION}",
        title="A currency after the first order",
        body={"currency": "EUR"},
        status=409,
        by="owner",
    ),
    Call(
        to=f"PATCH /staff/{named('staff:owner')}",
        title="The last admin",
        body={"role": "cashier"},
        status=409,
        by="owner",
    ),
)
"""What can be refused only once the shop has sold something."""
