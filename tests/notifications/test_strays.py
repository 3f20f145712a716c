"""Payments of which we have no row, and names that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.notifications.test_handle import SUCCEEDED, exceptions, stray
from tests.payments.luck import by_hand
from tests.support.shop import card, said

if TYPE_CHECKING:
    from tests.support.postman import Postman
    from tests.support.shop import Till


async def test_what_the_provider_does_not_know_is_looked_for_again(
    till: Till, postman: Postman
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("connection_reset")
    said(await till.pay(order, card(1000)), 202)
    (operation,) = await till.shop.rows("select id from operations")
    marked = {"operation_id": str(operation["id"])}
    intent = {"object": "payment_intent", "amount": 1000, "currency": "gbp", "client_secret": "no"}
    for number, metadata in enumerate((marked, {})):
        told = {"id": f"pi_nobody_{number}", "metadata": metadata, **intent}
        event = {"id": f"evt_{number}", "type": SUCCEEDED, "created": 1_772_625_600}
        said(await postman.bring({**event, "livemode": False, "data": {"object": told}}), 200)

    await postman.handle()

    assert await postman.inbox() == [(SUCCEEDED, "received", "not_yet")] * 2


async def test_a_stray_waits_while_the_provider_is_silent(till: Till, postman: Postman) -> None:
    await stray(till)
    (event,) = await postman.waiting(SUCCEEDED)
    said(await postman.bring(event), 200)
    await till.shop.provider.fault("http_500", method="GET", times=1)

    await postman.handle()
    assert await postman.inbox() == [(SUCCEEDED, "received", "silent")]
    await postman.handle(seconds=1)
    assert await postman.inbox() == [(SUCCEEDED, "processed", "unmatched")]


async def test_a_stray_that_went_back_concerns_nobody(till: Till, postman: Postman) -> None:
    reference = await stray(till)
    await by_hand(till, "refunds", payment_intent=reference)

    await postman.deliver(SUCCEEDED)

    assert await exceptions(till) == []


async def test_a_stray_of_a_currency_that_is_none_of_ours_is_told_as_it_is(
    till: Till, postman: Postman
) -> None:
    await stray(till, {"currency": "isk", "amount": 50_000})
    await postman.deliver(SUCCEEDED)

    ((kind, _, detail),) = await exceptions(till)
    assert (kind, '"currency": "ISK"' in detail, '"amount": 500' in detail) == (
        "unmatched",
        True,
        True,
    )
