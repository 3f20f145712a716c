"""Holds: taken in whole, in part, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.sandbox.bench import error

if TYPE_CHECKING:
    from tests.sandbox.bench import Bench


async def test_a_hold_is_taken_in_whole(sandbox: Bench) -> None:
    held = await sandbox.paid(capture_method="manual", expand=["latest_charge"])

    assert (held.status, held.amount_capturable, held.amount_received) == (
        "requires_capture",
        1000,
        0,
    )
    charge = held.latest_charge
    assert (charge.status, charge.captured, charge.amount_captured) == ("succeeded", False, 0)
    assert charge.payment_method_details.card.capture_before == charge.created + 604_800

    taken = await sandbox.v1.payment_intents.capture_async(
        held.id, {"metadata": {"by": "till"}, "expand": ["latest_charge"]}
    )

    assert (taken.status, taken.amount_capturable, taken.amount_received) == ("succeeded", 0, 1000)
    assert (taken.latest_charge.captured, taken.latest_charge.amount_captured) == (True, 1000)
    assert taken.metadata.to_dict() == {"by": "till"}
    assert await sandbox.happened() == [
        *("payment_intent.created", "charge.succeeded"),
        *("payment_intent.amount_capturable_updated", "charge.captured"),
        "payment_intent.succeeded",
    ]


async def test_a_part_is_taken_and_the_rest_is_released(sandbox: Bench) -> None:
    held = await sandbox.paid(capture_method="manual")

    taken = await sandbox.v1.payment_intents.capture_async(
        held.id, {"amount_to_capture": 400, "expand": ["latest_charge"]}
    )

    assert (taken.amount, taken.amount_received, taken.amount_capturable) == (1000, 400, 0)
    charge = taken.latest_charge
    assert (charge.amount, charge.amount_captured, charge.amount_refunded) == (1000, 400, 0)
    assert (charge.captured, charge.refunded) == (True, False)
    totals = (await sandbox.books())["totals"]
    assert totals == {"gbp": {"received": 400, "refunded": 0, "held": 0, "intents": 1}}


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"amount_to_capture": 1001}, "amount_too_large", None),
        ({"amount_to_capture": -1}, None, "amount_to_capture"),
        ({"amount_to_capture": 0}, "parameter_invalid_integer", "amount"),
        ({"amount_to_capture": "some"}, "parameter_invalid_integer", "amount_to_capture"),
        ({"final_capture": False}, None, "final_capture"),
        ({"wat": "1"}, "parameter_unknown", "wat"),
    ],
)
async def test_a_capture_that_does_not_fit_takes_nothing(
    sandbox: Bench, params: dict[str, Any], code: str | None, param: str | None
) -> None:
    held = await sandbox.paid(capture_method="manual")
    before = await sandbox.durable(held.id)

    said = await error(
        sandbox.v1.payment_intents.capture_async(held.id, params), stripe.InvalidRequestError
    )

    assert (said.get("code"), said.get("param")) == (code, param)
    assert ("payment_intent" in said) == (code == "amount_too_large")
    assert await sandbox.durable(held.id) == before


async def test_how_it_is_captured_can_be_decided_at_the_confirm(sandbox: Bench) -> None:
    intent = await sandbox.intent("pm_card_visa")

    held = await sandbox.v1.payment_intents.confirm_async(intent.id, {"capture_method": "manual"})

    assert (held.status, held.amount_capturable) == ("requires_capture", 1000)
