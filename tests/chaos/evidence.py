"""A small day on which everything is right, for tests to damage."""

from __future__ import annotations

from typing import Any

from fynlo.chaos.evidence import Evidence
from fynlo.chaos.journal import Attempt, Heard, Journal

REGISTER = "register-1"


def payment(
    name: str, method: str, amount: int, *, tip: int = 0, status: str = "captured"
) -> dict[str, Any]:
    return {"id": name, "method": method, "amount": amount, "tip": tip, "status": status}


def intent(
    name: str, of: dict[str, Any], transaction: str, *, status: str = "succeeded"
) -> dict[str, Any]:
    amount = of["amount"] + of["tip"]
    return {
        "id": name,
        "status": status,
        "amount": amount,
        "amount_received": amount if status == "succeeded" else 0,
        "amount_refunded": 0,
        "metadata": {"transaction_id": transaction, "payment_id": of["id"]},
    }


def transaction(name: str, order: str, status: str, *payments: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "order_id": order,
        "status": status,
        "total_amount": sum(one["amount"] for one in payments),
        "payments": list(payments),
    }


def order(name: str, total: int, paid: int) -> dict[str, Any]:
    return {
        "id": name,
        "total": total,
        "amount_paid": paid,
        "amount_reserved": 0,
        "amount_due": total - paid,
    }


def attempt(key: str, order_id: str, *heard: Heard) -> Attempt:
    return Attempt(key, order_id, 0, "card", [], list(heard))


def heard(word: str, status: int = 200, *, road: str = "process", at: float = 0.0) -> Heard:
    is_kept = road == "process" and status in {200, 402}
    return Heard(at, 0.1, road, status, word, f"bytes of {word}" if is_kept else None)


def good_day() -> Evidence:
    """One sale of each kind: by card and cash with a tip, declined, refused."""
    card, cash = payment("card-1", "card", 700, tip=50), payment("cash-1", "cash", 300)
    bad = payment("card-2", "card", 500, status="declined")
    journal = Journal()
    journal.orders = {"order-1": REGISTER, "order-2": REGISTER}
    for one in (
        attempt("paid", "order-1", heard("lost", 0, road="process"), heard("completed")),
        attempt("no", "order-2", heard("declined", 402), heard("declined", 402)),
        attempt("never", "order-1", heard("order-overpaid", 422)),
    ):
        journal.open(one)
    return Evidence(
        journal=journal,
        transactions={
            "paid": transaction("paid", "order-1", "completed", card, cash),
            "no": transaction("no", "order-2", "declined", bad),
        },
        orders={"order-1": order("order-1", 1000, 1000), "order-2": order("order-2", 500, 0)},
        intents=[
            intent("pi-1", card, "paid"),
            intent("pi-2", bad, "no", status="canceled"),
        ],
        drawers=[
            {
                "id": "drawer-1",
                "register_id": REGISTER,
                "totals": {"opening": 20_000},
                "expected": 20_300,
                "cash_pending": 0,
            }
        ],
    )
