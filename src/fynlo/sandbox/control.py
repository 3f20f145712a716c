"""The hand on the world behind the provider: faults, time, customers, and its books."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox import attempts, faults, intents, refunds
from fynlo.sandbox.problems import Refusal
from fynlo.sandbox.webhooks import MODES

if TYPE_CHECKING:
    from fynlo.sandbox.app import Sandbox
    from fynlo.sandbox.store import Document
    from fynlo.sandbox.wire import Request

SECONDS_MAX: Final = 10_000_000_000


def handle(sandbox: Sandbox, request: Request) -> Document:
    """Carry out one control call; a `Refusal` for what there is not."""
    match request.method, request.path.removeprefix("/_sandbox/").split("/"):
        case "GET", ["books"]:
            return books(sandbox, request.params.get("account"))
        case "GET", ["requests"]:
            return {"items": list(sandbox.requests)}
        case "DELETE", ["faults"]:
            sandbox.faults.faults.clear()
            return {"ok": True}
        case "POST", steps:
            return _order(sandbox, steps, _body(request))
    raise Refusal(404, f"No such control call: {request.method} {request.path}")


def _order(sandbox: Sandbox, steps: list[str], body: dict[str, Any]) -> Document:
    match steps:
        case ["faults"]:
            sandbox.faults.faults.append(faults.read(body))
        case ["latency"]:
            sandbox.store.set("latency", [_number(body, "p50_ms"), _number(body, "p99_ms")])
        case ["webhooks"]:
            _set_webhooks(sandbox, body)
        case ["webhooks", "flush"]:
            sandbox.store.set("webhook_mode", "deliver")
            sandbox.wake()
        case ["clock"]:
            _advance(sandbox, _number(body, "advance_seconds"))
        case ["payment_intents", intent_id, "action"]:
            return answer_customer(sandbox, intent_id, str(body.get("outcome")))
        case _:
            raise Refusal(404, f"No such control call: POST /_sandbox/{'/'.join(steps)}")
    return {"ok": True}


def _body(request: Request) -> dict[str, Any]:
    body = json.loads(request.body or b"{}")
    if not isinstance(body, dict):
        raise Refusal(400, "A control call's body is an object.")
    return body


def _number(body: dict[str, Any], name: str) -> float:
    found = float(body[name])
    if not 0 <= found <= SECONDS_MAX:
        raise Refusal(400, f"{name} is a number from 0 to {SECONDS_MAX}.")
    return found


def _set_webhooks(sandbox: Sandbox, body: dict[str, Any]) -> None:
    if body.get("mode") not in MODES:
        raise Refusal(400, f"No such mode: {body.get('mode')}")
    sandbox.store.set("webhook_mode", body["mode"])
    sandbox.store.set("webhook_delay_ms", _number({"delay_ms": 0} | body, "delay_ms"))
    sandbox.wake()


def _advance(sandbox: Sandbox, seconds: float) -> None:
    """Let time pass: holds run out, pending refunds go through, keys are forgotten."""
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
    if outcome not in attempts.OUTCOMES:
        raise Refusal(400, f"No such outcome: {outcome}")
    for account, intent in sandbox.store.newest(None, "payment_intent"):
        if intent["id"] == intent_id:
            answered = attempts.answer_customer(sandbox.desk(account), intent, outcome)
            sandbox.wake()
            return answered
    raise Refusal(404, f"No such payment_intent: '{intent_id}'")


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
