"""The catalogue: what is for sale, and how it is taxed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tools.examples.script import Call, product

if TYPE_CHECKING:
    from tools.examples.script import Step

SCENE: Final[tuple[Step, ...]] = (
    Call(to="GET /products?search=chips&limit=2", title="What has chips in its name"),
    Call(to="GET /products?limit=1", title="The first page"),
    Call(to=f"GET /products/{product('Fish and chips')}", title="Fish and chips"),
    Call(to="GET /categories", title="The menu"),
    Call(to="GET /tax-rates", title="The tax rates"),
)
