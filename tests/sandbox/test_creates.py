"""What an intent is made of: what is refused makes nothing, what is taken is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.bench import refusal

if TYPE_CHECKING:
    from tests.sandbox.bench import Bench


@pytest.mark.parametrize(
    ("text", "code", "param"),
    [
        ("currency=gbp", "parameter_missing", "amount"),
        ("amount=1000", "parameter_missing", "currency"),
        ("amount=abc&currency=gbp", "parameter_invalid_integer", "amount"),
        ("amount=10.5&currency=gbp", "parameter_invalid_integer", "amount"),
        ("amount=1_000&currency=gbp", "parameter_invalid_integer", "amount"),
        ("amount=%EF%BC%91000&currency=gbp", "parameter_invalid_integer", "amount"),
        ("amount=&currency=gbp", "parameter_invalid_empty", "amount"),
        ("amount[a]=1&currency=gbp", None, "amount"),
        ("amount=0&currency=gbp", "parameter_invalid_integer", "amount"),
        ("amount=-5&currency=gbp", "parameter_invalid_integer", "amount"),
        ("amount=29&currency=gbp", "amount_too_small", "amount"),
        ("amount=100000000&currency=gbp", "amount_too_large", "amount"),
        ("amount=1050&currency=isk", None, "amount"),
        ("amount=5124&currency=kwd", None, "amount"),
        ("amount=1000&currency=xyz", None, "currency"),
        ("amount=1000&currency=", None, "currency"),
        ("amount=1000&currency[]=gbp", None, "currency"),
        ("amount=1000&currency=gbp&wat=1", "parameter_unknown", "wat"),
        ("amount=1000&currency=gbp&capture_method=later", None, "capture_method"),
        ("amount=1000&currency=gbp&confirm=maybe", None, "confirm"),
        ("amount=1000&currency=gbp&confirmation_method=x", None, "confirmation_method"),
        ("amount=1000&currency=gbp&setup_future_usage=x", None, "setup_future_usage"),
        ("amount=1000&currency=gbp&shipping[wat]=x", "parameter_unknown", "shipping[wat]"),
        ("amount=1000&currency=gbp&off_session=true", None, "off_session"),
        ("amount=1000&currency=gbp&return_url=https://a.test", None, "return_url"),
        (
            "amount=1000&currency=gbp&confirm=true&payment_method=pm_card_visa&return_url=back",
            *("url_invalid", "return_url"),
        ),
        (
            "amount=1000&currency=gbp&confirm=true&payment_method=pm_card_visa&return_url=a://b%0d",
            *("url_invalid", "return_url"),
        ),
        ("amount=1000&currency=gbp&customer=cus_no", "resource_missing", "customer"),
        ("amount=1000&currency=gbp&payment_method=pm_no", "resource_missing", "payment_method"),
        ("amount=1000&currency=gbp&payment_method[a]=b", None, "payment_method"),
        ("amount=1000&currency=gbp&metadata=x", None, "metadata"),
        ("amount=1000&currency=gbp&automatic_payment_methods=", None, "automatic_payment_methods"),
        (
            "amount=1000&currency=gbp&automatic_payment_methods[wat]=1",
            *("parameter_unknown", "automatic_payment_methods[wat]"),
        ),
        (
            "amount=1000&currency=gbp&automatic_payment_methods[allow_redirects]=never",
            *("parameter_missing", "automatic_payment_methods[enabled]"),
        ),
        (
            "amount=1000&currency=gbp&automatic_payment_methods[enabled]=yes",
            *(None, "automatic_payment_methods[enabled]"),
        ),
        (
            "amount=1000&currency=gbp&payment_method_types[]=card",
            *("payment_method_types_no_longer_supported", "payment_method_types"),
        ),
    ],
)
async def test_a_malformed_create_makes_nothing(
    sandbox: Bench, text: str, code: str | None, param: str
) -> None:
    response = await sandbox.post("/v1/payment_intents", text)

    assert response.status_code == 400, response.text
    said = response.json()["error"]
    assert (said["type"], said.get("code"), said["param"]) == ("invalid_request_error", code, param)
    assert said["message"]
    assert (await sandbox.books())["intents"] == []
    assert await sandbox.happened() == []


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(30, "gbp"), (99_999_999, "usd"), (500, "isk"), (5120, "kwd"), (50, "JPY")],
)
async def test_an_amount_that_fits_its_currency_is_taken(
    sandbox: Bench, amount: int, currency: str
) -> None:
    paid = await sandbox.paid(amount=amount, currency=currency)

    assert (paid.amount_received, paid.currency) == (amount, currency.lower())


async def test_ways_to_choose_methods_exclude_each_other(sandbox: Bench) -> None:
    named = "allowed_payment_method_types[]=card"
    older = {"Stripe-Version": "2026-08-26.dahlia"}

    both = await sandbox.post(
        "/v1/payment_intents",
        f"amount=1000&currency=gbp&{named}&automatic_payment_methods[enabled]=true",
    )
    old = await sandbox.http.post(
        "/v1/payment_intents",
        content=f"amount=1000&currency=gbp&{named}&payment_method_types[]=card",
        headers=older,
    )

    for answer in (both, old):
        said = refusal(answer, 400)
        assert said["message"].startswith("You may only specify one of these parameters: allowed_")
    assert (await sandbox.books())["intents"] == []


async def test_methods_that_are_named_come_from_no_configuration(sandbox: Bench) -> None:
    bare = {"amount": 1000, "currency": "gbp"}
    create = sandbox.v1.payment_intents.create_async

    chosen = [
        await create(bare),
        await create({**bare, "automatic_payment_methods": {"enabled": True}}),
        await create({**bare, "automatic_payment_methods": {"enabled": False}}),
        await create({**bare, "allowed_payment_method_types": ["card"]}),
    ]

    details = [one.payment_method_configuration_details for one in chosen]
    assert details[0].id == details[1].id
    assert details[2:] == [None, None]
    assert [one.automatic_payment_methods is None for one in chosen] == [False, False, True, True]


async def test_a_confirmation_by_hand_waits_for_the_server_after_3d_secure(sandbox: Bench) -> None:
    asked = await sandbox.paid("pm_card_authenticationRequired", confirmation_method="manual")
    assert (asked.status, asked.confirmation_method) == ("requires_action", "manual")
    await sandbox.told(f"payment_intents/{asked.id}/action", {"outcome": "succeed"})

    agreed = await sandbox.v1.payment_intents.retrieve_async(asked.id)
    assert (agreed.status, agreed.next_action) == ("requires_confirmation", None)
    assert (agreed.amount_received, agreed.payment_method) == (0, asked.payment_method)
    paid = await sandbox.v1.payment_intents.confirm_async(asked.id)

    assert (paid.status, paid.amount_received) == ("succeeded", 1000)


async def test_who_agreed_to_one_card_is_asked_again_for_another(sandbox: Bench) -> None:
    asked = await sandbox.paid("pm_card_authenticationRequired", confirmation_method="manual")
    await sandbox.told(f"payment_intents/{asked.id}/action", {"outcome": "succeed"})

    other = await sandbox.v1.payment_intents.confirm_async(
        asked.id, {"payment_method": "pm_card_authenticationRequired"}
    )

    assert (other.status, other.amount_received) == ("requires_action", 0)


async def test_where_it_is_sent_is_noted_and_removed(sandbox: Bench) -> None:
    shipping = {"name": "Ann", "address": {"line1": "1 High Street", "city": "Leeds"}}
    intent = await sandbox.intent(shipping=shipping)

    removed = await sandbox.v1.payment_intents.update_async(intent.id, {"shipping": ""})

    assert (intent.shipping.name, intent.shipping.address.city) == ("Ann", "Leeds")
    assert intent.shipping.phone is None
    assert removed.shipping is None
