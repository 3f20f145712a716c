"""The bank's page: what the customer reads, what the buttons do, and where they lead."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from tests.sandbox.bench import Bench

CARD = "pm_card_authenticationRequired"


class Page(HTMLParser):
    """Reads a page as a person does: its text, and the buttons with what they send."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.buttons: dict[str, str] = {}
        self._inside: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside.append((tag, dict(attrs).get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag, value = self._inside[-1] if self._inside else ("", "")
        if tag == "button":
            self.buttons[data] = value
        elif tag not in {"style", "title"} and data.strip():
            self.text.append(data.strip())


async def asked(sandbox: Bench, amount: int = 1000, **more: Any) -> tuple[str, str]:
    """Let the bank ask a customer; return the intent and the path of the page."""
    more = {"return_url": "https://till.test/back?a=1", **more}
    intent = await sandbox.paid(CARD, amount, **more)
    return intent.id, urlsplit(intent.next_action.redirect_to_url.url).path


@pytest.mark.parametrize(
    ("amount", "currency", "read"),
    [
        (1000, "gbp", "10.00 GBP"),
        (123456, "eur", "1234.56 EUR"),
        (5000, "jpy", "5000 JPY"),
        (5120, "kwd", "5.120 KWD"),
        (50000, "isk", "500 ISK"),
    ],
)
async def test_the_customer_reads_what_is_paid_to_whom_and_with_which_card(
    sandbox: Bench, amount: int, currency: str, read: str
) -> None:
    about = "Café <b>Ünï</b> & Co, table 7"
    _, path = await asked(sandbox, amount, currency=currency, description=about)

    answer = await sandbox.http.get(path)

    page = Page(answer.text)
    assert page.text == [
        "Your bank asks you",
        read,
        about,
        "visa •••• 3184",
        "This is a sandbox: no money moves.",
    ]
    assert page.buttons == {"Approve": "succeed", "Decline": "fail"}
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "<b>" not in answer.text


async def test_a_payment_without_a_description_is_told_as_on_a_bank_statement(
    sandbox: Bench,
) -> None:
    _, path = await asked(sandbox)

    assert Page((await sandbox.http.get(path)).text).text[2] == "FYNLO SANDBOX"


@pytest.mark.parametrize(
    ("outcome", "status", "received"),
    [("succeed", "succeeded", 1000), ("fail", "requires_payment_method", 0)],
)
async def test_an_answer_leads_back_to_the_till(
    sandbox: Bench, outcome: str, status: str, received: int
) -> None:
    intent_id, path = await asked(sandbox)

    answer = await sandbox.http.post(path, data={"outcome": outcome})

    back = f"https://till.test/back?a=1&payment_intent={intent_id}"
    assert (answer.status_code, answer.headers["location"]) == (303, back)
    after = await sandbox.durable(intent_id)
    assert (after["status"], after["amount_received"]) == (status, received)


@pytest.mark.parametrize(("outcome", "said"), [("succeed", "approved"), ("fail", "declined")])
async def test_who_came_from_an_app_is_told_to_close_the_page(
    sandbox: Bench, outcome: str, said: str
) -> None:
    intent = await sandbox.paid(CARD)
    assert intent.next_action.type == "use_stripe_sdk"

    answer = await sandbox.http.post(f"/_sandbox/3ds/{intent.id}", data={"outcome": outcome})

    assert f"You have {said}. You can close this page." in Page(answer.text).text
    assert answer.status_code == 200


async def test_an_answer_is_given_once(sandbox: Bench) -> None:
    intent_id, path = await asked(sandbox)
    await sandbox.http.post(path, data={"outcome": "succeed"})

    late = await sandbox.http.post(path, data={"outcome": "fail"})
    look = await sandbox.http.get(path)

    assert (late.status_code, look.status_code) == (409, 200)
    for answer in (late, look):
        assert "Nothing is asked of you any more." in Page(answer.text).text
        assert Page(answer.text).buttons == {}
    assert (await sandbox.durable(intent_id))["status"] == "succeeded"


@pytest.mark.parametrize("form", ["outcome=maybe", "", "outcome[a]=1&outcome=2", "%ff=%fe", "a[=1"])
async def test_what_is_no_answer_asks_again(sandbox: Bench, form: str) -> None:
    intent_id, path = await asked(sandbox)

    answer = await sandbox.http.post(path, content=form)

    assert answer.status_code == 400
    assert Page(answer.text).buttons == {"Approve": "succeed", "Decline": "fail"}
    assert (await sandbox.durable(intent_id))["status"] == "requires_action"


async def test_a_payment_that_does_not_exist_asks_nothing(sandbox: Bench) -> None:
    answer = await sandbox.http.get("/_sandbox/3ds/pi_0")

    assert answer.status_code == 404
    assert "There is no such payment." in Page(answer.text).text
