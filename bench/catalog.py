"""A large menu: five thousand products are imported, then read page by page, without a cache."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import aiohttp

from bench.figures import heading, percentile, table
from bench.rig import analyze

if TYPE_CHECKING:
    from bench.rig import Rig

PRODUCTS: Final = 5_000
_PAGE: Final = 50
_WALKS: Final = 3
_FINDS: Final = 300
_WORDS: Final = ("pie", "tea", "salad", "burger", "cake", "soup", "curry", "toast", "juice", "roll")


async def measure(rig: Rig, _seconds: float) -> dict[str, Any]:
    """Import, walk through all pages one call at a time, then search and scan."""
    shop = rig.targets[1].shop
    headers = {"Authorization": f"Bearer {shop.token}"}
    base = f"http://{shop.host}:{shop.port}/api/v1/"
    async with aiohttp.ClientSession(base, headers=headers) as http:
        found: dict[str, Any] = {"import_ms": await _import(http)}
        await analyze(rig)
        found["page_ms"] = await _walk(http)
        words = [f"{_WORDS[n % 10]} {n}" for n in range(_FINDS)]
        found["search_ms"] = [await _ask(http, {"search": word}) for word in words]
        codes = [_barcode(n) for n in range(_FINDS)]
        found["barcode_ms"] = [await _ask(http, {"barcode": code}) for code in codes]
    heading(f"A menu of {PRODUCTS} products (one call at a time)")
    table(
        [
            ("the import of all", f"{found['import_ms']:.0f} ms"),
            (f"a page of {_PAGE} (goal: p95 30 ms)", _figures(found["page_ms"])),
            ("a search for two words", _figures(found["search_ms"])),
            ("a barcode", _figures(found["barcode_ms"])),
        ]
    )
    return found


def _barcode(number: int) -> str:
    return f"50{number:010}"


async def _import(http: aiohttp.ClientSession) -> float:
    lines = ["name,category,price,tax_rate,tax_included,barcode"]
    for n in range(PRODUCTS):
        name = f"{_WORDS[n % 10].title()} no. {n} of the menu"
        lines.append(f"{name},Part {n % 40},{n % 50}.{n % 100:02},VAT 20 %,yes,{_barcode(n)}")
    headers = {"Content-Type": "text/csv", "Idempotency-Key": str(uuid4())}
    start = perf_counter()
    async with http.post("catalog/import", data="\n".join(lines), headers=headers) as answer:
        told = await answer.json()
        assert answer.status == 200, told
    assert told["import"]["added"] == PRODUCTS
    return 1000 * (perf_counter() - start)


async def _walk(http: aiohttp.ClientSession) -> list[float]:
    """Read the menu from its first page to its last, several times."""
    taken, seen = [], 0
    for _ in range(_WALKS):
        after: dict[str, str] = {}
        while True:
            start = perf_counter()
            async with http.get("products", params={"limit": str(_PAGE), **after}) as answer:
                page = await answer.json()
            taken.append(1000 * (perf_counter() - start))
            seen += len(page["items"])
            if page["next"] is None:
                break
            after = {"after": page["next"]}
    assert seen >= _WALKS * PRODUCTS, "A page was left out."
    return taken


async def _ask(http: aiohttp.ClientSession, what: dict[str, str]) -> float:
    start = perf_counter()
    async with http.get("products", params=what) as answer:
        page = await answer.json()
    taken = 1000 * (perf_counter() - start)
    assert page["items"], what
    return taken


def _figures(milliseconds: list[float]) -> str:
    p50, p95 = percentile(milliseconds, 0.5), percentile(milliseconds, 0.95)
    return f"p50 {p50:.2f} ms, p95 {p95:.2f} ms ({len(milliseconds)} calls)"
