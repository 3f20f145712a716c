"""The hand on the world behind the provider: faults, time, customers, and its books."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from fynlo.sandbox import faults, intents, refunds
from fynlo.sandbox.problems import Refusal
from fynlo.sandbox.webhooks import MODES

if TYPE_CHECKING:
    from fynlo.sandbox.app import Sandbox
    from fynlo.sandbox.store import Document


def handle(sandbox: Sandbox, method: str, path: str, body: dict[str, Any]) -> Document:
    """Carry out one control call; a `Refusal` for what there is not."""
    match method, path.removeprefix("/_sandbox/").split("/"):
        case "POST", ["faults"]:
            sandbox.faults.faults.append(faults.read(body))
        case "DELETE", ["faults"]:
            sandbox.faults.faults.clear()
        case "POST", ["latency"]:
            sandbox.store.set("latency", [float(body["p50_ms"]), float(body["p99_ms"])])
        case "POST", ["webhooks"]:
            _set_webhooks(sandbox, body)
        case "POST", ["webhooks", "flush"]:
            sandbox.store.set("webhook_mode", "deliver")
            sandbox.wake()
        case "POST", ["clock"]:
            _advance(sandbox, float(body["advance_seconds"]))
        case "POST", ["payment_intents", intent_id, "action"]:
            return answer_customer(sandbox, intent_id, str(body.get("outcome")))
        case "GET", ["books"]:
            return books(sandbox)
        case "GET", ["requests"]:
            return {"items": list(sandbox.requests)}
        case _:
            raise Refusal(404, f"No such control call: {method} {path}")
    return {"ok": True}


def _set_webhooks(sandbox: Sandbox, body: dict[str, Any]) -> None:
    if body.get("mode") not in MODES:
        raise Refusal(400, f"No such mode: {body.get('mode')}")
    sandbox.store.set("webhook_mode", body["mode"])
    sandbox.store.set("webhook_delay_ms", int(body.get("delay_ms", 0)))
    sandbox.wake()


def _advance(sandbox: Sandbox, seconds: float) -> None:
    """Let time pass: holds run out, pending refunds go through, keys are forgotten."""
    sandbox.store.set("clock_offset", sandbox.store.setting("clock_offset", 0.0) + seconds)
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
    if outcome not in {"succeed", "fail"}:
        raise Refusal(400, f"No such outcome: {outcome}")
    for account, intent in sandbox.store.newest(None, "payment_intent"):
        if intent["id"] == intent_id:
            answered = intents.answer_customer(sandbox.desk(account), intent, outcome)
            sandbox.wake()
            return answered
    raise Refusal(404, f"No such payment_intent: '{intent_id}'")


def books(sandbox: Sandbox) -> Document:
    """Tell what the provider believes, intent by intent, and the totals of each currency."""
    keys: dict[str, list[str]] = {}
    for _, event in sandbox.store.newest(None, "event"):
        about, key = event["data"]["object"], event["request"]["idempotency_key"]
        if about["object"] == "payment_intent" and key is not None:
            known = keys.setdefault(about["id"], [])
            if key not in known:
                known.append(key)
    charges = {
        charge["id"]: charge["amount_refunded"]
        for _, charge in sandbox.store.newest(None, "charge")
    }
    totals: dict[str, Counter[str]] = {}
    items: list[Document] = []
    for _, intent in sandbox.store.newest(None, "payment_intent"):
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
        total += Counter(
            received=intent["amount_received"],
            refunded=refunded,
            held=intent["amount_capturable"],
            intents=1,
        )
    return {"intents": items, "totals": {unit: dict(total) for unit, total in totals.items()}}
