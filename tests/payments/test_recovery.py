"""What is lost, refused half-way or changed behind our back, and how it ends."""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import TYPE_CHECKING, Any

from fynlo.payments.resolve import resolve_due
from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till

DAY = 86_400


async def hold_two_cards(till: Till) -> tuple[dict[str, Any], list[str]]:
    """Hold 400 and 500 beside a transfer of 100; returns the transaction and the intents."""
    order = await till.order("meal")
    transfer = {"method": "bank_transfer", "amount": 100}
    held = said(await till.pay(order, card(400), card(500), transfer), 202)["transaction"]
    assert await till.shop.provider.statuses() == ["requires_capture", "requires_capture"]
    return held, [one["provider_reference"] for one in held["payments"][:2]]


async def vouch(till: Till, held: dict[str, Any], status: int) -> dict[str, Any]:
    seen = {"payment_ids": [held["payments"][2]["id"]]}
    return said(await till.call("POST", f"/transactions/{held['id']}/confirm", seen), status)


async def at_the_provider(till: Till, path: str, **form: object) -> None:
    """Do something with the provider that we do not know of."""
    response = await till.shop.provider.http.post(
        f"/v1/payment_intents/{path}",
        data=form,
        headers={"Authorization": f"Bearer sk_test_{till.shop.merchant_id.hex}"},
    )
    assert response.status_code == 200, response.text


async def test_one_hold_that_is_gone_gives_back_what_the_other_took(till: Till) -> None:
    held, (_, second) = await hold_two_cards(till)
    await at_the_provider(till, f"{second}/cancel")

    problem = await vouch(till, held, 402)

    assert problem["code"] == "payment-declined"
    statuses = [one["status"] for one in problem["transaction"]["payments"]]
    assert statuses == ["refunded", "declined", "voided"]
    assert await till.shop.provider.received() == 0
    assert await till.balance("card_clearing") == 0
    assert len(await till.shop.rows("select * from ledger_postings")) == 2


async def test_a_refund_that_is_lost_is_found(till: Till) -> None:
    held, (_, second) = await hold_two_cards(till)
    await at_the_provider(till, f"{second}/cancel")
    await till.shop.provider.fault("lost_answer", "/v1/refunds")

    waiting = await vouch(till, held, 202)
    assert waiting["transaction"]["status"] == "checking"
    await till.resolve()

    found = said(await till.call("GET", f"/transactions/{held['id']}"), 200)["transaction"]
    assert found["status"] == "declined"
    assert await till.shop.provider.received() == 0
    assert await till.balance("card_clearing") == 0


async def test_an_amount_that_we_did_not_ask_for_is_for_a_person_to_see(till: Till) -> None:
    held, (first, _) = await hold_two_cards(till)
    await at_the_provider(till, f"{first}/capture", amount_to_capture=399)

    waiting = await vouch(till, held, 202)
    assert waiting["transaction"]["status"] == "checking"
    await till.resolve()
    till.shop.advance(901)
    await resolve_due(till.shop.ports())

    found = said(await till.call("GET", f"/transactions/{held['id']}"), 200)["transaction"]
    assert found["status"] == "needs_attention"
    assert found["payments"][0]["status"] == "capturing"
    differs, unresolved = await till.shop.rows(
        "select kind, state, tender_id, detail::text from exceptions order by kind"
    )
    assert (differs["kind"], differs["state"]) == ("amount_differs", "open")
    assert str(differs["tender_id"]) == found["payments"][0]["id"]
    assert (unresolved["kind"], unresolved["state"]) == ("unresolved", "open")
    for exception in (differs, unresolved):
        assert "amount differs: 399" in exception["detail"]


async def test_what_the_provider_forgot_is_never_sent_again(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("connection_reset")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]

    till.shop.advance(DAY)
    await till.resolve()

    async with till.shop.till() as later:
        found = said(await later.call("GET", f"/transactions/{lost['id']}"), 200)["transaction"]
        assert found["status"] == "needs_attention"
        assert (await later.look(order))["amount_reserved"] == 1000
    assert await till.shop.provider.intents() == []
    assert len(await till.shop.rows("select * from exceptions")) == 1


async def test_nobody_waits_for_a_customer_for_ever(till: Till) -> None:
    await till.open_drawer(0)
    order = await till.order("meal")
    asks = card(800, "pm_card_authenticationRequired")
    waiting = said(await till.pay(order, cash(200), asks), 202)["transaction"]

    till.shop.advance(899)
    await resolve_due(till.shop.ports())
    assert (await till.look(order))["amount_reserved"] == 1000
    till.shop.advance(1)
    await resolve_due(till.shop.ports())

    found = said(await till.call("GET", f"/transactions/{waiting['id']}"), 200)["transaction"]
    assert (found["status"], found["cash_to_return"]) == ("expired", 200)
    assert await till.shop.provider.statuses() == ["canceled"]
    assert (await till.look(order))["amount_due"] == 1000


async def test_a_customer_who_fails_at_the_bank_has_not_paid(till: Till) -> None:
    order = await till.order("meal")
    asks = card(1000, "pm_card_authenticationRequired")
    waiting = said(await till.pay(order, asks), 202)["transaction"]
    await till.shop.provider.answer(waiting["payments"][0]["provider_reference"], "fail")

    problem = refused(
        await till.call("POST", f"/transactions/{waiting['id']}/confirm", {}),
        402,
        "payment-declined",
    )

    assert problem["transaction"]["payments"][0]["decline"]["code"] == "authentication_failed"
    assert await till.shop.provider.received() == 0
    assert (await till.look(order))["amount_due"] == 1000


async def test_a_customer_who_comes_back_too_late_has_not_paid(till: Till) -> None:
    order = await till.order("meal")
    asks = card(1000, "pm_card_authenticationRequired")
    waiting = said(await till.pay(order, asks), 202)["transaction"]
    till.shop.advance(900)
    await resolve_due(till.shop.ports())

    late = await till.call("POST", f"/transactions/{waiting['id']}/confirm", {})

    assert said(late, 200)["transaction"]["status"] == "expired"
    assert await till.shop.provider.statuses() == ["canceled"]


async def test_what_somebody_else_is_taking_is_left_to_them(till: Till) -> None:
    order, shop = await till.order("meal"), till.shop
    await shop.provider.fault("lost_answer")
    said(await till.pay(order, card(1000)), 202)
    shop.advance(2)

    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        await tx.fetchval("select 1 from transactions for no key update")
        await asyncio.create_task(resolve_due(shop.ports()), context=Context())

    assert (await till.look(order))["amount_reserved"] == 1000
    await till.resolve()
    assert (await till.look(order))["payment_state"] == "paid"


async def test_one_that_cannot_be_advanced_keeps_nobody_waiting(till: Till) -> None:
    first, second = await till.order("meal"), await till.order("meal")
    await till.shop.provider.fault("lost_answer", times=2)
    for order in (first, second):
        said(await till.pay(order, card(1000)), 202)
    await set_currency(till, first, "QQQ")

    till.shop.advance(2)
    assert await resolve_due(till.shop.ports()) >= 2  # Other tests may have left work.
    till.shop.advance(2)
    assert await resolve_due(till.shop.ports()) == 0

    assert (await till.look(second))["payment_state"] == "paid"
    assert (await till.look(first))["amount_reserved"] == 1000
    await set_currency(till, first, "GBP")
    await till.resolve(rounds=7)
    assert (await till.look(first))["payment_state"] == "paid"


async def set_currency(till: Till, order: dict[str, Any], code: str) -> None:
    """Spoil the transaction of an order, or mend it."""
    await till.shop.rows(
        "update transactions set currency = $3 where merchant_id = $1 and order_id = $2"
        " returning id",
        *(till.shop.merchant_id, order["id"], code),
    )
