"""The hand on the world behind the provider: faults, time, customers, and its books."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from fynlo.sandbox import attempts, faults, intents, orders, refunds
from fynlo.sandbox.problems import Refusal
from fynlo.sandbox.webhooks import MODES

if TYPE_CHECKING:
    from fynlo.sandbox.app import Sandbox
    from fynlo.sandbox.orders import Body
    from fynlo.sandbox.store import Document
    from fynlo.sandbox.wire import Request

SECONDS_MAX: Final = 10_000_000_000
DELAY_MS_MAX: Final = 86_400_000
LATENCY_MS_MAX: Final = 600_000
END_OF_TIME: Final = 253_370_764_800
"""The first second of the year 9999, beyond which dates cannot be written."""


def handle(sandbox: Sandbox, request: Request) -> Document:
    """Carry out one control call; a `Refusal` for what there is not."""
    match request.method, request.path.removeprefix("/_sandbox/").split("/"):
        case "GET", ["books"]:
            account = request.params.get("account")
            if account is not None and not isinstance(account, str):
                raise Refusal(400, "`account` is a key.")
            return books(sandbox, account)
        case "GET", ["requests"]:
            return {"items": list(sandbox.requests)}
        case "DELETE", ["faults"]:
            sandbox.faults.faults.clear()
            return {"ok": True}
        case "POST", steps:
            return _order(sandbox, steps, orders.read(request.body))
    raise Refusal(404, f"No such control call: {request.method} {request.path}")


def _order(sandbox: Sandbox, steps: list[str], body: Body) -> Document:
    match steps:
        case ["faults"]:
            sandbox.faults.faults.append(faults.read(body))
        case ["latency"]:
            _set_latency(sandbox, body)
        case ["webhooks"]:
            _set_webhooks(sandbox, body)
        case ["webhooks", "flush"]:
            sandbox.store.set("webhook_mode", "deliver")
            sandbox.wake()
        case ["clock"]:
            orders.only(body, ("advance_seconds",), "a clock")
            _advance(sandbox, orders.number(body, "advance_seconds", SECONDS_MAX))
        case ["payment_intents", intent_id, "action"]:
            orders.only(body, ("outcome",), "an action")
            outcome = orders.word(body, "outcome", attempts.OUTCOMES)
            return answer_customer(sandbox, intent_id, outcome)
        case _:
            raise Refusal(404, f"No such control call: POST /_sandbox/{'/'.join(steps)}")
    return {"ok": True}


def _set_latency(sandbox: Sandbox, body: Body) -> None:
    orders.only(body, ("p50_ms", "p99_ms"), "a latency")
    p50, p99 = (orders.number(body, name, LATENCY_MS_MAX) for name in ("p50_ms", "p99_ms"))
    if p50 > p99:
        raise Refusal(400, "`p50_ms` is not greater than `p99_ms`.")
    sandbox.store.set("latency", [p50, p99])


def _set_webhooks(sandbox: Sandbox, body: Body) -> None:
    orders.only(body, ("delay_ms", "mode"), "webhooks")
    mode = orders.word(body, "mode", MODES)
    delay = orders.whole(body, "delay_ms", (0, DELAY_MS_MAX), default=0)
    sandbox.store.set("webhook_mode", mode)
    sandbox.store.set("webhook_delay_ms", delay)
    sandbox.wake()


def _advance(sandbox: Sandbox, seconds: float) -> None:
    """Let time pass: holds run out, pending refunds go through, keys are forgotten."""
    if sandbox.now() + seconds > END_OF_TIME:
        raise Refusal(400, "The clock does not go beyond the year 9998.")
    sandbox.store.set("clock_offset", sandbox.store.setting("clock_offset", 0.0) + seconds)
    sandbox.book_due()
    now = sandbox.now()
    for account, intent in list(sandbox.store.newest(None, "payment_intent")):
        desk = sandbox.desk(account)
        if intent["status"] != "requires_capture":
            continue
        charge = desk.find("charge", intent["latest_charge"], "charge")
        if charge["payment_method_details"]["card"]["capture_before"] <= now:
            desk.tell("charge.expired", charge)
            intents.canceled(desk, intent, "automatic")
    for account in {account for account, _ in sandbox.store.newest(None, "refund")}:
        refunds.finish_pending(sandbox.desk(account))
    sandbox.wake()


def answer_customer(sandbox: Sandbox, intent_id: str, outcome: str) -> Document:
    """Answer 3-D Secure for the customer: `succeed` or `fail`."""
    found = sandbox.store.find("payment_intent", intent_id)
    if found is None:
        raise Refusal(404, f"No such payment_intent: '{intent_id}'")
    account, intent = found
    answered = attempts.answer_customer(sandbox.desk(account), intent, outcome)
    sandbox.wake()
    return answered


def books(sandbox: Sandbox, account: str | None = None) -> Document:
    """Tell what the provider believes, intent by intent, and the totals of each currency."""
    keys: dict[str, list[str]] = {}
    for _, event in sandbox.store.newest(account, "event"):
        about, key = event["data"]["object"], event["request"]["idempotency_key"]
        if about["object"] == "payment_intent" and key is not None:
            known = keys.setdefault(about["id"], [])
            if key not in known:
                known.append(key)
    charges = {
        charge["id"]: charge["amount_refunded"]
        for _, charge in sandbox.store.newest(account, "charge")
    }
    totals: dict[str, Counter[str]] = {}
    items: list[Document] = []
    for _, intent in sandbox.store.newest(account, "payment_intent"):
        refunded = charges.get(intent["latest_charge"], 0)
        items.append(
            {
                **{name: intent[name] for name in ("id", "status", "amount", "amount_received")},
                "amount_refunded": refunded,
                "currency": intent["currency"],
                "idempotency_keys": sorted(keys.get(intent["id"], [])),
                "metadata": intent["metadata"],
            }
        )
        total = totals.setdefault(intent["currency"], Counter())
        total.update(
            received=intent["amount_received"],
            refunded=refunded,
            held=intent["amount_capturable"],
            intents=1,
        )
    return {
        "intents": items,
        "totals": {unit: dict(total) for unit, total in totals.items()},
        "webhooks_waiting": len(sandbox.store.deliveries(None)),
    }
