"""What happens around a payment in these tests: time, people, and the owner's dashboard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fynlo.payments.providers.stripe import StripeAccounts
from fynlo.payments.providers.stripe.accounts import CallLimits
from fynlo.payments.resolve import resolve_due
from tests.support.shop import said

if TYPE_CHECKING:
    from fynlo.payments.ports import PaymentPorts
    from tests.support.shop import Till

ASKS = "pm_card_authenticationRequired"


async def give_up(till: Till, transaction: dict[str, Any]) -> Any:
    path = f"/transactions/{transaction['id']}/cancel"
    return await till.call("POST", path, {"reason": "The customer left."})


async def seen(till: Till, transaction: dict[str, Any]) -> dict[str, Any]:
    answer = said(await till.call("GET", f"/transactions/{transaction['id']}"), 200)
    found: dict[str, Any] = answer["transaction"]
    return found


async def wait(till: Till, *, steps: int, seconds: int, ports: PaymentPorts | None = None) -> None:
    """Let time pass, and the resolver look every now and then."""
    for _ in range(steps):
        till.shop.advance(seconds)
        await resolve_due(ports or till.shop.ports())


async def by_hand(till: Till, path: str, **form: object) -> None:
    """Do what the owner can do in the provider's dashboard."""
    response = await till.shop.provider.http.post(
        f"/v1/{path}",
        data=form,
        headers={"Authorization": f"Bearer sk_test_{till.shop.merchant_id.hex}"},
    )
    assert response.status_code == 200, response.text


async def provider_is_back(till: Till) -> None:
    await till.shop.provider.http.delete("/_sandbox/faults")


def elsewhere(
    till: Till, key: str, return_url: str = "http://127.0.0.1/pay/return"
) -> PaymentPorts:
    """Return ports after a restart with another configuration."""
    cards = StripeAccounts(
        key,
        api_base=till.shop.provider.url,
        merchant_id=till.shop.merchant_id,
        return_url=return_url,
        limits=CallLimits(connect_seconds=1, call_seconds=1),
    )
    return replace(till.shop.wiring, cards=cards).payment_ports()
