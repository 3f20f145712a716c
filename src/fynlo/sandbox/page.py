"""The page of a bank that wants to see the customer: approve, or decline."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from fynlo.sandbox import amounts, control, shapes
from fynlo.sandbox.attempts import OUTCOMES
from fynlo.sandbox.wire import Reply

if TYPE_CHECKING:
    from fynlo.sandbox.app import Sandbox
    from fynlo.sandbox.store import Document
    from fynlo.sandbox.wire import Request

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1a1f36;--dim:#5b6478;--paper:#fff;--ground:#eef1f6}
@media(prefers-color-scheme:dark){
:root{--ink:#e9ecf5;--dim:#9aa3b8;--paper:#1d2233;--ground:#11141f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;
background:var(--ground);color:var(--ink);font:17px/1.5 system-ui,sans-serif}
main{width:100%;max-width:24rem;padding:2rem;border-radius:16px;background:var(--paper);
box-shadow:0 8px 32px #0002;text-align:center}
h1{margin:0;font-size:1rem;font-weight:600;color:var(--dim)}
.amount{margin:.75rem 0 0;font-size:2.4rem;font-weight:700;line-height:1.2}
.about{margin:.25rem 0 0}.card,.note{margin:.5rem 0 0;color:var(--dim);font-size:.9rem}
form{display:grid;gap:.75rem;margin:1.75rem 0 1rem}
button{min-height:3.25rem;border:0;border-radius:10px;font:inherit;font-weight:600;cursor:pointer}
.yes{background:#15803d;color:#fff}.no{background:none;color:#b91c1c;border:2px solid currentColor}
@media(prefers-color-scheme:dark){.no{color:#f87171}}
"""
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sandbox bank</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>
<body><main><h1>Your bank asks you</h1>{body}
<p class="note">This is a sandbox: no money moves.</p></main></body></html>"""

_QUESTION: Final = """<p class="amount">{amount}</p><p class="about">{about}</p>
<p class="card">{card}</p><form method="post">
<button class="yes" name="outcome" value="succeed">Approve</button>
<button class="no" name="outcome" value="fail">Decline</button></form>"""


def answer(sandbox: Sandbox, request: Request) -> Reply:
    """Show the bank's question, or take the customer's answer and send them back."""
    found = sandbox.store.find("payment_intent", request.path.rsplit("/", 1)[-1])
    if found is None:
        return _page(404, _text("There is no such payment."))
    account, intent = found
    is_answer = request.method == "POST"
    if intent["status"] != "requires_action":
        return _page(409 if is_answer else 200, _text("Nothing is asked of you any more."))
    method = sandbox.store.get(account, "payment_method", intent["payment_method"])
    if not is_answer:
        return _page(200, _question(intent, method))
    outcome = dict(parse_qsl(request.body.decode("latin-1"))).get("outcome")
    if outcome is None or outcome not in OUTCOMES:
        body = _text("Approve or decline: there is nothing else.") + _question(intent, method)
        return _page(400, body)
    target = intent["next_action"].get("redirect_to_url", {}).get("return_url")
    control.answer_customer(sandbox, intent["id"], outcome)
    if target is None:
        said = "approved" if outcome == "succeed" else "declined"
        return _page(200, _text(f"You have {said}. You can close this page."))
    joiner = "&" if "?" in target else "?"
    location = f"{target}{joiner}payment_intent={intent['id']}"
    return Reply(303, "", (("Location", location),), "text/html")


def _question(intent: Document, method: Document | None) -> str:
    unit = intent["currency"]
    card = {} if method is None else method["card"]
    return _QUESTION.format(
        amount=escape(f"{amounts.decimal(intent['amount'], unit)} {unit.upper()}"),
        about=escape(intent["description"] or shapes.STATEMENT),
        card=escape(f"{card.get('brand', 'card')} •••• {card.get('last4', '')}"),
    )


def _text(sentence: str) -> str:
    return f'<p class="about">{escape(sentence)}</p>'


def _page(status: int, body: str) -> Reply:
    html = _PAGE.format(style=_STYLE, body=body)
    return Reply(status, html, (("Cache-Control", "no-store"),), "text/html; charset=utf-8")
