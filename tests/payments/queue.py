"""The exceptions queue in these tests: how something comes into it, and how a person answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fynlo.payments import store_exceptions
from fynlo.payments.model.exceptions import ExceptionKind
from fynlo.payments.providers.stripe import StripeAccounts
from fynlo.payments.resolve import resolve_due
from tests.payments.luck import seen
from tests.support.serve import serve_api
from tests.support.shop import card, said

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from tests.support.shop import Till

DAY = 86_400
NOTE = "I looked at the dashboard."


async def queue(till: Till, query: str = "?state=open") -> list[dict[str, Any]]:
    """Read what a manager sees."""
    found: list[dict[str, Any]] = said(await till.call("GET", f"/exceptions{query}"), 200)["items"]
    return found


async def only(till: Till, kind: str, state: str = "open") -> dict[str, Any]:
    """Read the only exception of a kind."""
    (found,) = await queue(till, f"?kind={kind}")
    assert found["state"] == state, found
    return found


async def resolve(
    till: Till, queued: dict[str, Any], action: str, *, key: str | None = None, **more: object
) -> httpx.Response:
    """Decide about an exception."""
    body = {"action": action, "note": NOTE, **more}
    return await till.call("POST", f"/exceptions/{queued['id']}/resolve", body, key=key)


async def lose_for_good(till: Till, order: dict[str, Any], amount: int = 1000) -> dict[str, Any]:
    """Lose a charge that the provider never heard of, until its key may be forgotten."""
    await till.shop.provider.fault("connection_reset")
    lost = said(await till.pay(order, card(amount)), 202)["transaction"]
    till.shop.advance(DAY)
    await resolve_due(till.shop.ports())
    return dict(lost)


async def silence(till: Till) -> None:
    """Let the provider answer nobody."""
    for method in ("GET", "POST"):
        await till.shop.provider.fault("http_500", "/v1/", method=method, times=10_000)


async def taken_elsewhere(till: Till, amount: int = 1000, **form: object) -> str:
    """Take money with the merchant's account, without us; return the intent."""
    answer = await till.shop.provider.http.post(
        "/v1/payment_intents",
        data={
            "amount": amount,
            "currency": "gbp",
            "confirm": "true",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types[]": "card",
            **form,
        },
        headers={"Authorization": f"Bearer sk_test_{till.shop.merchant_id.hex}"},
    )
    assert answer.status_code == 200, answer.text
    reference: str = answer.json()["id"]
    return reference


async def unmatched(
    till: Till,
    reference: str,
    amount: int = 1000,
    *,
    order_id: str | None = None,
    **detail: object,
) -> UUID:
    """Put money into the queue that nobody here knows of, as a notification does."""
    known: dict[str, object] = {
        "reference": reference,
        "type": "payment_intent.succeeded",
        "amount": amount,
        "currency": "GBP",
        "standing": "captured",
        "order_id": order_id,
        "transaction_id": None,
        "operation_id": None,
        **detail,
    }
    return await put(till, ExceptionKind.UNMATCHED, reference, known)


async def put(till: Till, kind: ExceptionKind, thing: str, detail: dict[str, Any]) -> UUID:
    """Put something into the queue that is about no transaction."""
    shop = till.shop
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        store_exceptions.open_thing(tx, kind, thing, detail, shop.wiring.clock.now())
        return store_exceptions.of_thing(tx, kind, thing)


class Case:
    """A charge that was lost for good, with its order, its payment and its exception."""

    def __init__(self, till: Till, order: dict[str, Any], queued: dict[str, Any]) -> None:
        self.till = till
        self.order = order
        self.queued = queued
        self.transaction = {"id": queued["transaction_id"]}
        self.payment: str = queued["detail"]["payments"][0]["id"]

    async def say(self, action: str, *, key: str | None = None, **more: object) -> Any:
        more["payment_id"] = self.payment
        return await resolve(self.till, self.queued, action, key=key, **more)

    async def say_without_account(self, action: str, **more: object) -> Any:
        """Say it after the merchant's account was taken away: there is nobody to ask."""
        shop, wish = self.till.shop, {**more, "payment_id": self.payment}
        nobody = StripeAccounts(
            None, api_base=shop.provider.url, merchant_id=None, return_url="http://127.0.0.1"
        )
        async with (
            serve_api(replace(shop.wiring, cards=nobody)) as url,
            replace(shop, url=url).till() as elsewhere,
        ):
            return await resolve(elsewhere, self.queued, action, key=None, **wish)

    async def taken(self, amount: int = 1000, **form: object) -> str:
        """Take the payment's money after all, unheard, under its mark; return the intent."""
        return await taken_elsewhere(
            self.till, amount, **{"metadata[payment_id]": self.payment, **form}
        )

    async def look(self) -> dict[str, Any]:
        found = await self.till.call("GET", f"/exceptions/{self.queued['id']}")
        return said(found, 200)

    async def status(self) -> str:
        status: str = (await seen(self.till, self.transaction))["status"]
        return status

    async def owed(self) -> int:
        due: int = (await self.till.look(self.order))["amount_due"]
        return due
