"""The page of a bank that wants to see the customer: approve, or fail."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from fynlo.sandbox.attempts import OUTCOMES
from fynlo.sandbox.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from fynlo.sandbox.store import Document
    from fynlo.sandbox.wire import Request

_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sandbox bank</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:18px system-ui;max-width:26rem;margin:4rem auto;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1.2rem;margin-right:.6rem}}</style>
<h1>Your bank asks</h1><p>{text}</p>{form}</html>"""

_FORM: Final = """<form method="post">
<button name="outcome" value="succeed">Approve</button>
<button name="outcome" value="fail">Fail</button></form>"""


def three_d_secure(
    request: Request,
    find: Callable[[str], Document | None],
    answer: Callable[[str, str], Document],
) -> Reply:
    """Show the bank's question, or take the customer's answer and send them back."""
    intent = find(request.path.rsplit("/", 1)[-1])
    if intent is None:
        return _page(404, "There is no such payment.", "")
    if intent["status"] != "requires_action":
        return _page(200, "Nothing is asked of you any more.", "")
    if request.method != "POST":
        amount = f"{intent['amount']} {intent['currency'].upper()} (minor units)"
        return _page(200, f"Do you pay {amount}?", _FORM)
    outcome = dict(parse_qsl(request.body.decode("latin-1"))).get("outcome")
    if outcome is None or outcome not in OUTCOMES:
        return _page(400, "Approve or fail: there is nothing else.", _FORM)
    target = ((intent["next_action"] or {}).get("redirect_to_url") or {}).get("return_url")
    answer(intent["id"], outcome)
    if target is None:
        return _page(200, "Thank you. You can close this page.", "")
    joiner = "&" if "?" in target else "?"
    location = f"{target}{joiner}payment_intent={intent['id']}"
    return Reply(303, "", (("Location", location),), "text/html")


def _page(status: int, text: str, form: str) -> Reply:
    return Reply(status, _PAGE.format(text=escape(text), form=form), (), "text/html; charset=utf-8")
