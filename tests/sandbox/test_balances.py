"""The provider's own books: what each charge and refund did to the balance."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from fynlo.sandbox import SandboxOptions, Terms
from tests.sandbox.bench import Bench, bench, error, refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_800_000_000
TWO_DAYS = 172_800
WIDE: Any = {"expand": ["latest_charge.balance_transaction"]}


@pytest.fixture
async def books() -> AsyncIterator[Bench]:
    """Return a sandbox whose clock stands until a test moves it."""
    options = SandboxOptions(seed=1, clock=lambda: float(NOW), terms=Terms(booked_after_seconds=5))
    async with bench(options) as made:
        yield made


async def rows(sandbox: Bench, **params: Any) -> list[Any]:
    """Read all rows of the books, newest first."""
    wanted = {"limit": 100, **params}
    found = await sandbox.v1.balance_transactions.list_async(wanted)
    return [row async for row in found.auto_paging_iter()]


async def balance(sandbox: Bench) -> dict[str, tuple[int, int]]:
    """Read what is available and what is pending, by currency."""
    found = await sandbox.v1.balance.retrieve_async()
    pending = {line.currency: line.amount for line in found.pending}
    return {line.currency: (line.amount, pending[line.currency]) for line in found.available}


async def test_an_automatic_charge_is_booked_in_the_answer(books: Bench) -> None:
    paid = await books.paid(amount=4400, capture_method="automatic", description="Table 7", **WIDE)

    row = paid.latest_charge.balance_transaction
    assert row.to_dict() == {
        "id": row.id,
        "object": "balance_transaction",
        "amount": 4400,
        "available_on": NOW + TWO_DAYS,
        "balance_type": "payments",
        "created": NOW,
        "currency": "gbp",
        "description": "Table 7",
        "exchange_rate": None,
        "fee": 158,
        "fee_details": [
            {
                "amount": 158,
                "application": None,
                "currency": "gbp",
                "description": "Stripe processing fees",
                "type": "stripe_fee",
            }
        ],
        "net": 4242,
        "reporting_category": "charge",
        "source": paid.latest_charge.id,
        "status": "pending",
        "type": "charge",
    }
    found = await books.v1.balance_transactions.retrieve_async(row.id, {"expand": ["source"]})
    assert found.source.payment_intent == paid.id


async def test_an_async_charge_is_booked_behind_the_answer(books: Bench) -> None:
    paid = await books.paid(**WIDE)
    await books.advance(4)
    early = await books.v1.charges.retrieve_async(paid.latest_charge.id)

    await books.advance(1)
    late = await books.v1.charges.retrieve_async(paid.latest_charge.id)

    assert paid.latest_charge.balance_transaction is None
    assert early.balance_transaction is None
    assert late.balance_transaction.startswith("txn_")
    assert (await books.happened())[-2:] == ["payment_intent.succeeded", "charge.updated"]
    (event,) = (await books.v1.events.list_async({"type": "charge.updated"})).data
    assert event.data.previous_attributes.to_dict() == {"balance_transaction": None}
    assert event.data.object.balance_transaction == late.balance_transaction


async def test_an_async_charge_is_booked_when_somebody_looks_after_its_time() -> None:
    now = float(NOW)
    options = SandboxOptions(seed=1, clock=lambda: now, terms=Terms(booked_after_seconds=5))
    async with bench(options) as sandbox:
        paid = await sandbox.paid()
        now += 5

        charge = await sandbox.v1.charges.retrieve_async(paid.latest_charge)
        await sandbox.v1.charges.retrieve_async(paid.latest_charge)

        (row,) = await rows(sandbox)
        assert charge.balance_transaction == row.id


async def test_a_hold_is_booked_when_and_as_far_as_it_is_taken(books: Bench) -> None:
    held = await books.paid(capture_method="manual", **WIDE)
    gone = await books.paid(capture_method="manual")
    await books.v1.payment_intents.cancel_async(gone.id)
    assert held.latest_charge.balance_transaction is None
    assert await rows(books) == []

    taken = await books.v1.payment_intents.capture_async(
        held.id, {"amount_to_capture": 400, **WIDE}
    )

    row = taken.latest_charge.balance_transaction
    assert (row.amount, row.fee, row.net, row.type) == (400, 42, 358, "charge")


async def test_a_decline_is_not_booked(books: Bench) -> None:
    await error(books.paid("pm_card_chargeDeclined"), stripe.CardError)
    await books.advance(60)

    assert await rows(books) == []


@pytest.mark.parametrize(
    ("description", "said"),
    [("Table 7", "REFUND FOR CHARGE (Table 7)"), (None, "REFUND FOR CHARGE")],
)
async def test_a_refund_is_booked_without_its_fee(
    books: Bench, description: str | None, said: str
) -> None:
    more: Any = {} if description is None else {"description": description}
    paid = await books.paid(capture_method="automatic", **more)

    refund = await books.v1.refunds.create_async(
        {"payment_intent": paid.id, "amount": 300, "expand": ["balance_transaction"]}
    )

    row = refund.balance_transaction
    assert (row.amount, row.fee, row.net, row.fee_details) == (-300, 0, -300, [])
    assert (row.type, row.reporting_category, row.status) == ("refund", "refund", "pending")
    assert (row.source, row.description) == (refund.id, said)
    assert await balance(books) == {"gbp": (0, 1000 - 59 - 300)}


async def test_a_refund_that_fails_is_booked_back(books: Bench) -> None:
    paid = await books.paid("pm_card_refundFail", capture_method="automatic")
    refund = await books.v1.refunds.create_async({"payment_intent": paid.id})
    await books.advance(3600)

    failed = await books.v1.refunds.retrieve_async(
        refund.id, {"expand": ["failure_balance_transaction"]}
    )

    row = failed.failure_balance_transaction
    assert (row.amount, row.fee, row.net) == (1000, 0, 1000)
    assert (row.type, row.source) == ("refund_failure", refund.id)
    assert failed.balance_transaction != row.id
    assert await balance(books) == {"gbp": (0, 941)}


async def test_what_is_pending_is_available_after_two_days(books: Bench) -> None:
    await books.paid(capture_method="automatic")
    await books.paid("pm_card_bypassPending", capture_method="automatic")
    await books.paid(amount=5000, currency="jpy", capture_method="automatic")
    assert await balance(books) == {"gbp": (941, 941), "jpy": (0, 4825)}

    await books.advance(TWO_DAYS - 1)
    before = await balance(books)
    await books.advance(1)

    assert before == {"gbp": (941, 941), "jpy": (0, 4825)}
    assert await balance(books) == {"gbp": (1882, 0), "jpy": (4825, 0)}
    assert {row.status for row in await rows(books)} == {"available"}


async def test_an_account_without_sales_has_nothing_of_its_own_currency(sandbox: Bench) -> None:
    found = await sandbox.v1.balance.retrieve_async()

    nothing = [{"amount": 0, "currency": "gbp"}]
    line = {**nothing[0], "source_types": {"card": 0}}
    assert found.to_dict() == {
        "object": "balance",
        "available": [line],
        "pending": [line],
        "livemode": False,
        "refund_and_dispute_prefunding": {"available": nothing, "pending": nothing},
    }


async def test_rows_are_listed_by_what_they_are_about(books: Bench) -> None:
    first = await books.paid(capture_method="automatic")
    await books.paid(amount=5000, currency="jpy", capture_method="automatic")
    refund = await books.v1.refunds.create_async({"payment_intent": first.id})

    async def sources(**params: Any) -> list[str]:
        return [row.source for row in await rows(books, **params)]

    assert await sources(source=first.latest_charge) == [first.latest_charge]
    assert await sources(type="refund") == await sources(source=refund.id) == [refund.id]
    assert await sources(currency="gbp") == [refund.id, first.latest_charge]
    assert await sources(type="no_such_type") == []
    assert len(await sources(created=NOW)) == 3


async def test_a_payout_or_a_row_that_does_not_exist_is_missing(sandbox: Bench) -> None:
    payout = refusal(await sandbox.http.get("/v1/balance_transactions?payout=po_0"), 400)
    row = refusal(await sandbox.http.get("/v1/balance_transactions/txn_0"), 404)

    assert (payout["code"], payout["param"]) == ("resource_missing", "payout")
    assert (row["code"], row["param"]) == ("resource_missing", "id")
    assert row["message"] == "No such balance transaction: 'txn_0'"


async def test_the_rows_add_up_to_the_balance_and_to_what_moved(books: Bench) -> None:
    intents = [
        await books.paid("pm_card_bypassPending", 1000 + amount, capture_method=method)
        for amount, method in enumerate(("automatic", "automatic_async", "manual") * 3)
    ]
    intents.append(await books.paid("pm_card_refundFail", 700, currency="eur"))
    await books.paid(amount=5000, currency="jpy", capture_method="automatic")
    for place, intent in enumerate(intents):
        if intent.status == "requires_capture":
            await books.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 500})
        if place % 2:
            refund = {"payment_intent": intent.id, "amount": 100 + place}
            await books.v1.refunds.create_async(refund)

    for _ in range(3):
        await books.advance(TWO_DAYS)
        found = await rows(books)
        moved: Counter[tuple[str, str]] = Counter()
        net: Counter[str] = Counter()
        for row in found:
            assert row.net == row.amount - row.fee
            assert sum(one.amount for one in row.fee_details) == row.fee
            back = "charge" if row.type == "charge" else "refund"
            moved[row.currency, back] += row.amount
            net[row.currency] += row.net
        told = (await books.books())["totals"]
        assert {unit: sum(both) for unit, both in (await balance(books)).items()} == dict(net)
        for unit, total in told.items():
            assert moved[unit, "charge"] == total["received"]
            assert moved[unit, "refund"] == -total["refunded"]
    assert len({row.id for row in found}) == len(found) == 17
