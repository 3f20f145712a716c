"""Secrets that are sent everywhere: no log, no event, no answer and no row shows them again."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest
import structlog

from fynlo.platform.mail import Mailer
from fynlo.platform.relay import relay_due
from fynlo.platform.telemetry import REMOVED, configure_logs, log
from fynlo.staff.send_resets import send_resets
from tests.http.document import calls
from tests.http.test_hunt import all_rows
from tests.staff.people import add_device, enter, give_password, log_in, refresh
from tests.support.mailbox import mailbox
from tests.support.provider import Provider
from tests.support.serve import http_client
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx

    from tests.http.document import Call
    from tests.support.shop import Shop, Till

PAN: Final = "4242424242424242"
WORDS: Final = {
    "password": "correct horse battery",
    "new password": "battery horse correct",
    "PIN": "73519264",
    "code": "83519264",
    "our key": "fk_" + "canary" * 7,
    "device token": "fdt_" + "canary" * 7,
    "reset token": "frs_" + "canary" * 7,
    "refresh token": "frt_" + "canary" * 7,
    "access token": "eyJ" + "canary" * 3 + ".canary.canary",
}
WITH_BODY: Final = [one for one in calls() if one.body is not None and not one.is_signed]


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Return a provider that is not there: nobody pays by card here."""
    async with http_client() as http:
        yield Provider("http://127.0.0.1:9", http)


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Let a test log as a server does, but for its own client; it is undone afterwards."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    access, client = (logging.getLogger(one).level for one in ("uvicorn.access", "httpx"))
    logging.getLogger("httpx").setLevel(logging.WARNING)
    yield capsys
    logging.getLogger("httpx").setLevel(client)
    root.handlers = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.access").setLevel(access)
    structlog.configure(**before)


def log_as_served() -> None:
    """Log as a server does; but keep no logger, for what is kept is not undone afterwards."""
    configure_logs("json")
    structlog.configure(cache_logger_on_first_use=False)


async def kept(shop: Shop) -> str:
    """Read every row that the shop, or nobody's shop, left; events are numbered first."""
    while await relay_due(shop.wiring.payment_ports(), None):
        pass
    found = str(await all_rows(shop))
    async with shop.wiring.db.system() as connection:
        for table in ("password_resets", "failed_attempts", "logins", "refresh_tokens"):
            found += str(await connection.fetch(f"select t::text from {table} t"))
    return found


def traces(secret: str, text: str) -> list[str]:
    """List in which forms a secret is in a text: as it is, in hexadecimal, or in base64."""
    raw = secret.encode()
    forms = secret, raw.hex(), b64encode(raw).decode().rstrip("=")
    return [form for form in forms if form in text]


def must_be_nowhere(secrets: dict[str, str], **places: str) -> None:
    found: dict[tuple[str, str], list[str]] = {}
    for place, text in places.items():
        for name, secret in secrets.items():
            if forms := traces(secret, text):
                found[name, place] = forms
    assert found == {}


def texts(call: Call, schema: dict[str, Any], place: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """List where a body may hold some text."""
    schema = call.resolve(schema)
    if schema.get("type") == "string" or "enum" in schema:
        return [place]
    found = []
    for name, inner in schema.get("properties", {}).items():
        found += texts(call, inner, (*place, name))
    if isinstance(schema.get("items"), dict):
        found += texts(call, schema["items"], (*place, "[]"))
    return found


def holding(place: tuple[str, ...], value: str) -> Any:
    """Build a body that has nothing but one text, in its place."""
    body: Any = value
    for step in reversed(place):
        body = [body] if step == "[]" else {step: body}
    return body


async def send(till: Till, call: Call, body: Any, **headers: str) -> httpx.Response:
    key = {"Idempotency-Key": str(uuid4()), **headers}
    return await till.http.request(call.method, call.url(), json=body, headers=key)


def test_the_text_of_every_body_is_found() -> None:
    found = {str(call): texts(call, call.body or {}) for call in WITH_BODY}

    assert ("lines", "[]", "note") in found["POST /api/v1/orders"]
    assert ("payments", "[]", "reference") in found["POST /api/v1/transactions/process"]
    assert ("name",) in found["PATCH /api/v1/products/{product_id}"]
    assert sum(map(len, found.values())) > 90


async def test_x01_a_card_number_comes_in_nowhere_and_is_shown_nowhere(
    shop: Shop, logs: pytest.CaptureFixture[str]
) -> None:
    log_as_served()  # Here, where standard error is the one that is captured.
    async with shop.till("admin") as admin:
        before, answers = await all_rows(shop), []
        for call in WITH_BODY:
            for place in (*texts(call, call.body or {}), ("surprise",), (PAN,)):
                if place[-1] == "barcode":
                    continue
                for number in (PAN, "4242 4242 4242 4242"):
                    answer = await send(admin, call, holding(place, f"it is {number}"))
                    problem = refused(answer, 400, "invalid-request")
                    answers.append(answer.text)
                    where = "".join(f"/{'0' if one == '[]' else one}" for one in place)
                    pointer = "" if place == (PAN,) else where
                    assert problem["errors"][0]["pointer"] == pointer, (call, place)
        for call in calls():
            if call.method == "GET" and not call.is_public:
                found = await admin.http.get(call.url(PAN), headers={"X-Request-Id": PAN})
                answers += [found.text, str(found.headers)]
                asked = [one["name"] for one in call.operation.get("parameters", ())]
                for name in asked:
                    answers.append((await admin.http.get(call.url(), params={name: PAN})).text)
        assert await all_rows(shop) == before

    must_be_nowhere({"card": PAN}, answers="".join(answers), logs="".join(logs.readouterr()))


async def test_tr102_what_is_refused_is_not_quoted_or_kept(
    shop: Shop, logs: pytest.CaptureFixture[str]
) -> None:
    log_as_served()  # Here, where standard error is the one that is captured.
    secrets = {name: word for name, word in WORDS.items() if name != "code"}
    async with shop.till("admin") as admin:
        before, answers = await all_rows(shop), []
        for call in WITH_BODY:
            for place in texts(call, call.body or {}):
                body = holding(place, " ".join(secrets.values()))
                wrong = {**body, "surprise": body} if isinstance(body, dict) else body
                answer = await send(admin, call, wrong, **{"X-Request-Id": WORDS["our key"]})
                refused(answer, 400, "invalid-request")
                answers += [answer.text, str(answer.headers)]
        for headers in (
            {"Authorization": f"Bearer {WORDS['access token']}"},
            {"Authorization": "", "X-API-Key": WORDS["our key"]},
        ):
            answer = await admin.http.get("/api/v1/auth/me", headers=headers)
            refused(answer, 401, "unauthenticated")
            answers.append(answer.text)
        assert await all_rows(shop) == before

    must_be_nowhere(secrets, answers="".join(answers), logs="".join(logs.readouterr()))


async def test_tr102_what_proves_somebody_is_kept_and_shown_nowhere(
    shop: Shop, logs: pytest.CaptureFixture[str]
) -> None:
    log_as_served()  # Here, where standard error is the one that is captured.
    await give_password(shop)
    email = shop.email("cashier")
    secrets: dict[str, str] = {}
    problems: list[str] = []
    async with shop.till("admin") as admin, http_client(base_url=shop.url, timeout=30) as http:
        device = await add_device(admin)
        secrets["device token"] = device["device_token"]
        key = {"name": "A key", "scopes": ["orders.read"]}
        secrets["key"] = said(await admin.call("POST", "/api-keys", key), 201)["key"]
        change = {"pin": WORDS["PIN"], "password": WORDS["password"]}
        at = f"/staff/{shop.staff_id('cashier')}"
        said(await admin.call("PATCH", at, change), 200)
        secrets |= {name: WORDS[name] for name in ("PIN", "password", "new password")}

        entered = said(await log_in(http, email, WORDS["password"]), 200)
        fresh = said(await refresh(http, entered["refresh_token"]), 200)
        for name, tokens in (("first", entered), ("fresh", fresh)):
            secrets[f"{name} refresh token"] = tokens["refresh_token"]
            secrets[f"{name} access token"] = tokens["access_token"]
        by_pin = await enter(http, device["device_token"], shop.staff_id("cashier"), WORDS["PIN"])
        secrets["access token of the PIN"] = said(by_pin, 200)["access_token"]
        old = {"username": email, "password": WORDS["password"]}
        tokens = said(await http.post("/api/v1/till/auth/login", json=old), 200)["data"]
        secrets |= {f"till's {name}": tokens[name] for name in ("access_token", "refresh_token")}
        problems += await allow(shop, admin)
        problems += [
            (await log_in(http, email, WORDS["new password"])).text,
            (await refresh(http, entered["refresh_token"])).text,
            (await enter(http, device["device_token"], shop.staff_id("cashier"), "83519264")).text,
            (await enter(http, WORDS["device token"], shop.staff_id("cashier"))).text,
        ]
        secrets["reset token"] = await reset(shop, http, email)
        used = {"token": secrets["reset token"], "new_password": WORDS["new password"]}
        assert (await http.post("/api/v1/auth/reset-password", json=used)).status_code == 204
        again = await http.post("/api/v1/auth/reset-password", json=used)
        problems.append(json.dumps(refused(again, 422, "reset-invalid")))

    must_be_nowhere(
        secrets | {"wrong PIN": "83519264", "wrong token": WORDS["device token"]},
        problems="".join(problems),
        logs="".join(logs.readouterr()),
        rows=await kept(shop),
    )


async def test_what_is_logged_in_these_tests_is_seen(
    shop: Shop, logs: pytest.CaptureFixture[str]
) -> None:
    log_as_served()
    async with http_client(base_url=shop.url) as http:
        log.warning("seen", note=f"it was {PAN}")
        assert (await http.get("/health")).status_code == 200

    (line,) = logs.readouterr().err.splitlines()
    assert json.loads(line)["note"] == f"it was {REMOVED}"


async def reset(shop: Shop, http: httpx.AsyncClient, email: str) -> str:
    """Ask for a new password, let the worker send its mail, and read the token in it."""
    asked = await http.post("/api/v1/auth/forgot-password", json={"email": email})
    assert asked.status_code == 204
    async with mailbox() as box:
        mailer = Mailer(box.url, "till@shop.example", "https://pay.shop.example")
        ports = replace(shop.wiring.staff_ports(), mailer=mailer)
        while await send_resets(ports):
            pass
        mails = [str(mail) for mail in box.mails if mail["To"] == email]
        assert len(mails) == 1
        text = next(box.text() for _ in mails)
    return next(word for word in text.split() if word.startswith("frs_"))


async def allow(shop: Shop, admin: Till) -> list[str]:
    """Let a manager allow things with the canaries, standing there and from afar; return refusals.

    The cashier has them too, and may not allow anything.
    """
    manager = str(shop.staff_id("manager"))
    secrets = {"pin": WORDS["PIN"], "password": WORDS["password"]}
    said(await admin.call("PATCH", f"/staff/{manager}", secrets), 200)
    problems = []
    async with shop.till("cashier") as cashier, shop.till("manager") as boss:
        order = await cashier.order("meal")
        at = f"/orders/{order['id']}"
        wish = {"version": order["version"], "discount": {"type": "percent", "value": 5000}}
        asked = refused(await cashier.call("PATCH", at, wish), 403, "approval-required")
        problems.append(json.dumps(asked))
        approve = f"/approvals/{asked['approval']['id']}/approve"
        for wrong in ({"pin": WORDS["code"]}, {"password": WORDS["new password"]}):
            answers = (
                await boss.call("POST", approve, wrong),
                await cashier.call(
                    "PATCH", at, {**wish, "approval": {**wrong, "staff_id": manager}}
                ),
            )
            problems += [json.dumps(refused(one, 403, "approval-invalid")) for one in answers]
        for name, secret in secrets.items():
            who = {"email": shop.email("colleague"), name: secret}
            answer = await cashier.call("PATCH", at, {**wish, "approval": who})
            problems.append(json.dumps(refused(answer, 403, "approval-invalid")))
            who = {"email": shop.email("cashier"), name: secret}
            answer = await cashier.call("PATCH", at, {**wish, "approval": who})
            problems.append(json.dumps(refused(answer, 403, "self-approval")))
        allowed = said(await boss.call("POST", approve, {"pin": secrets["pin"]}), 200)
        assert allowed["approval"]["state"] == "approved"
        stands = {"staff_id": manager, "password": secrets["password"]}
        given = said(await cashier.call("PATCH", at, {**wish, "approval": stands}), 200)
        assert given["total"] == 500
        problems += [json.dumps(allowed), json.dumps(given)]
    return problems


def test_a_secret_is_found_in_whichever_form_it_is_kept() -> None:
    secret = WORDS["password"]

    assert traces(secret, f"it was {secret}.")
    assert traces(secret, f"\\x{secret.encode().hex()}")
    assert traces(secret, b64encode(secret.encode()).decode())
    assert not traces(secret, secret.upper())
    with pytest.raises(AssertionError):
        must_be_nowhere({"password": secret}, logs=f"password: {secret}")
