"""Whatever a caller writes into a form or a query, the answer is an answer and never a crash."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fynlo.sandbox.calls import CALLS

if TYPE_CHECKING:
    from collections.abc import Iterator

ID = "([A-Za-z0-9_]+)"
NAMES = [
    *("", "allowed_payment_method_types", "amount", "amount_to_capture", "account"),
    *("automatic_payment_methods", "billing_details", "cancellation_reason", "capture_method"),
    *("card", "charge", "confirm", "confirmation_method", "created", "currency", "customer"),
    *("delivery_success", "description", "email", "ending_before", "expand", "final_capture"),
    *("limit", "metadata", "off_session", "outcome", "payment_intent", "payment_method"),
    *("payment_method_data", "payout", "reason", "return_url", "setup_future_usage", "shipping"),
    *("source", "starting_after", "type", "types", "wat"),
]
STEPS = [
    *("", "[]", "[0]", "[1]", "[x]", "[gte]", "[lt]", "[enabled]", "[allow_redirects]", "[token]"),
    *("[number]", "[address]", "[address][city]", "[card][token]", "[type]", "[0][a]", "[][b]"),
    *("[a][b]", "[", "]", "[[]]", "[a]b", "[²]", "[٣]"),
]
VALUES = [
    *("", "0", "1", "-1", "1000", "10.5", "1e9", "9" * 30, "²", "true", "false", "x", "card"),
    *(
        "gbp",
        "manual",
        "automatic",
        "latest_charge",
        "data",
        "data.customer",
        "refunds",
        "tok_visa",
    ),
    *("pm_card_visa", "pm_card_chargeDeclined", "https://a.test", "\x00", "\U0001f600"),
]

SALE = [("amount", "1000"), ("currency", "gbp"), ("allowed_payment_method_types[]", "card")]
NEEDED = {
    ("POST", "/v1/payment_intents"): SALE,
    ("POST", "/v1/payment_methods"): [("type", "card")],
}

names = st.builds("{}{}".format, st.sampled_from(NAMES), st.sampled_from(STEPS)) | st.text(
    max_size=12
)
values = st.sampled_from(VALUES) | st.text(max_size=12)
forms = st.lists(st.tuples(names, values), min_size=1, max_size=2)


@dataclass
class Asker:
    """Somebody with one object of each kind, who writes anything anywhere."""

    http: httpx.Client
    ids: dict[str, str] = field(default_factory=dict)

    def make(self) -> None:
        """Make the objects that paths and forms can name."""
        paid = self._made(
            "payment_intents",
            {**dict(SALE), "confirm": "true", "payment_method": "pm_card_visa"},
        )
        self.ids = {
            "payment_intents": paid["id"],
            "charges": paid["latest_charge"],
            "refunds": self._made("refunds", {"payment_intent": paid["id"], "amount": "1"})["id"],
            "customers": self._made("customers", {})["id"],
            "payment_methods": paid["payment_method"],
            "events": self.http.get("/v1/events").json()["data"][0]["id"],
        }

    def _made(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        answer = self.http.post(f"/v1/{path}", data=form)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def ask(self, method: str, pattern: str, form: list[tuple[str, str]]) -> httpx.Response:
        """Make a call with a form exactly as it is written."""
        known = self.ids.get(pattern.split("/")[2], "x_0")
        path = pattern.replace(ID, known)
        text = "&".join(f"{quote(name, safe='[]')}={quote(value)}" for name, value in form)
        if method == "POST":
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            return self.http.post(path, content=text, headers=headers)
        return self.http.request(method, f"{path}?{text}")


@pytest.fixture
def asker(sandbox_url: str) -> Iterator[Asker]:
    headers = {"Authorization": f"Bearer sk_test_{uuid4().hex}"}
    with httpx.Client(base_url=sandbox_url, headers=headers, verify=False, timeout=20) as http:
        made = Asker(http)
        made.make()
        yield made


@pytest.mark.parametrize("call", [(method, path.pattern) for method, path, _ in CALLS])
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_form_gets_an_answer_or_a_refusal_that_says_why(
    asker: Asker, call: tuple[str, str], data: st.DataObject
) -> None:
    form = data.draw(forms)

    answer = asker.ask(*call, [*NEEDED.get(call, []), *form])

    assert answer.status_code in {200, 400, 402, 404}, answer.text
    if answer.status_code != 200:
        assert answer.json()["error"]["message"]
        assert answer.json()["error"]["type"] in {"invalid_request_error", "card_error"}


@pytest.mark.parametrize(
    ("method", "path", "form", "status"),
    [
        ("GET", "/v1/events", "types[0][a]=1", 400),
        ("GET", "/v1/customers", "email=a%40b.test", 200),
        ("POST", "/v1/payment_methods", "type=card&card=", 400),
        ("POST", "/v1/payment_intents", "amount[=1&currency=gbp", 400),
        ("POST", "/v1/payment_intents", "amount=1000&currency=gbp&[a]=1", 400),
        ("POST", "/v1/customers/{gone}", "metadata[a]=1", 404),
        ("DELETE", "/v1/customers/{gone}", "", 404),
    ],
)
def test_what_cannot_be_meant_is_no_crash_beside_a_customer_who_is_gone(
    asker: Asker, method: str, path: str, form: str, status: int
) -> None:
    gone = asker.ids["customers"]
    assert asker.http.delete(f"/v1/customers/{gone}").status_code == 200

    if method == "POST":
        answer = asker.http.post(path.format(gone=gone), content=form)
    else:
        answer = asker.http.request(method, f"{path.format(gone=gone)}?{form}")

    assert answer.status_code == status, answer.text
    assert status != 200 or answer.json()["data"] == []


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ("created[x]=1", "parameter_unknown", "created[x]"),
        ("created[gte]=soon", "parameter_invalid_integer", "created[gte]"),
        ("created[gte][x]=1", None, "created[gte]"),
        ("created[]=1", None, "created"),
        ("created=soon", "parameter_invalid_integer", "created"),
        ("created=", "parameter_invalid_empty", "created"),
        ("limit[x]=1", None, "limit"),
        ("expand[x]=1", None, "expand"),
        ("expand[0][x]=1", None, "expand[0]"),
        ("customer[]=1", None, "customer"),
    ],
)
def test_a_list_says_which_part_of_its_query_it_cannot_read(
    asker: Asker, query: str, code: str | None, param: str
) -> None:
    answer = asker.http.get(f"/v1/payment_intents?{query}")

    assert answer.status_code == 400, answer.text
    said = answer.json()["error"]
    assert (said.get("code"), said["param"]) == (code, param)


@pytest.mark.parametrize("authorization", ["Basic ü", "Basic \xff\xfe", "Bearer ü", "ü", "Basic ="])
def test_a_key_that_is_no_text_is_a_401(sandbox_url: str, authorization: str) -> None:
    headers = {b"Authorization": authorization.encode("latin-1")}

    assert httpx.get(f"{sandbox_url}/v1/charges", headers=headers).status_code == 401
