"""The menu at large: modifiers, what differs at a location, the history of prices, the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.seed import LOCATION, STANDARD_RATE, ZERO_RATE
from tools.examples.script import Call, named, product
from tools.examples.setup import adding, changing

if TYPE_CHECKING:
    from tools.examples.script import Step

_SHOT: Final = {
    "id": str(named("modifier:Extra shot")),
    "name": "Extra shot",
    "price_delta": 60,
    "currency": "GBP",
}
_SOUP: Final = f"/locations/{LOCATION}/sold-out/{product('Soup of the day')}"
_ZERO_HERE: Final = f"/locations/{LOCATION}/tax-rates/{ZERO_RATE}"
_FILE: Final = (
    "name,category,price,tax_rate,tax_included,modifiers,needs_preparation,prep_minutes\n"
    "Mince pie,Christmas,3.40,VAT 20 %,yes,,no,\n"
    "Mulled wine,Christmas,6.20,VAT 20 %,yes,Extra shot,yes,4\n"
)
_FAULTY: Final = (
    "name,category,price,tax_rate,tax_included\n"
    "Eggnog,Christmas,5.333,VAT 20 %,yes\n"
    ",Christmas,2.90,VAT,yes\n"
)


def _exported(said: dict[str, Any]) -> str:
    text: str = said["The menu as a file"]
    return text


IMPORTED: Final = Call(
    to="POST /catalog/import",
    title="New products from a file",
    body=_FILE,
    by="owner",
    denied="cashier",
)

SCENE: Final[tuple[Step, ...]] = (
    *adding("/modifiers", "modifier", _SHOT, {"name": "Double shot"}),
    *changing(f"/modifiers/{_SHOT['id']}", "modifier", {"price_delta": 70}),
    Call(to="GET /modifiers", title="All modifiers"),
    Call(to=f"GET /modifiers/{_SHOT['id']}", title="One modifier"),
    Call(
        to=f"PATCH /products/{product('Cappuccino')}",
        title="A product that takes a modifier",
        body={"modifier_ids": [_SHOT["id"]], "price": 360, "reason": "Milk is dearer"},
        by="owner",
    ),
    Call(
        to=f"GET /products/{product('Cappuccino')}/prices",
        title="What a cappuccino has cost",
        by="owner",
        denied="cashier",
    ),
    Call(
        to=f"PUT {_SOUP}",
        title="The soup is sold out for today",
        body={"until": "2026-03-05T04:00:00Z"},
        by="kitchen",
        denied="cashier",
    ),
    Call(to=f"GET /locations/{LOCATION}/sold-out", title="What is sold out"),
    Call(
        to=f"DELETE {_SOUP}",
        title="There is soup again",
        status=204,
        by="kitchen",
        denied="cashier",
    ),
    Call(
        to=f"PUT {_ZERO_HERE}",
        title="Taken home from here, it is taxed",
        body={"applied_rate_id": str(STANDARD_RATE)},
        by="owner",
        denied="cashier",
    ),
    Call(to=f"GET /locations/{LOCATION}/tax-rates", title="How a location is taxed"),
    Call(
        to=f"PUT {_ZERO_HERE}",
        title="It is taxed by its own rate again",
        body={"applied_rate_id": None},
        by="owner",
    ),
    Call(
        to="POST /catalog/import/preview",
        title="What a file would do",
        body=_FILE,
        by="owner",
        denied="cashier",
    ),
    Call(to="POST /catalog/import/preview", title="A file with faults", body=_FAULTY, by="owner"),
    IMPORTED,
    Call(
        to="POST /catalog/import",
        title="Faults stop an import",
        body=_FAULTY,
        status=422,
        by="owner",
    ),
    Call(
        to="POST /catalog/import",
        title="Another file under the same key",
        key="New products from a file",
        body=_FAULTY,
        status=422,
        by="owner",
    ),
    Call(to="GET /catalog/export", title="The menu as a file", by="owner", denied="cashier"),
    Call(
        to="POST /catalog/import/preview",
        title="What was exported changes nothing",
        body=_exported,
        by="owner",
        shown=False,
    ),
)
