"""The pages that anybody may open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.shop import Till

NOBODY = {"Authorization": ""}


async def test_the_apis_pages_need_nothing_from_elsewhere(till: Till) -> None:
    page = await till.http.get("/schema", headers=NOBODY)
    script = await till.http.get("/schema/redoc.js", headers=NOBODY)

    assert (page.status_code, script.status_code) == (200, 200)
    head = page.text[: page.text.index("</head>")]
    assert re.findall(r'(?:src|href)="([^"]*)"', head) == ["/schema/redoc.js"]
    assert "default-src 'self'" in head
    assert script.headers["content-type"].startswith("text/javascript")
    assert b"Redoc" in script.content


async def test_a_customer_who_comes_back_from_the_bank_leaves_no_secret(till: Till) -> None:
    query = "?payment_intent=pi_1&payment_intent_client_secret=pi_1_secret_x"

    page = await till.http.get(f"/pay/return{query}", headers=NOBODY)

    assert page.status_code == 200
    assert "Thank you" in page.text
    assert "secret" not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
