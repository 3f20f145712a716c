"""The wire: keys and versions, forms in every spelling, and requests that are cut off."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from fynlo.sandbox import SandboxOptions, forms
from tests.sandbox.bench import bench, refusal

if TYPE_CHECKING:
    from tests.sandbox.bench import Bench


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(user.encode()).decode()


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer sk_live" + "_1234567890",
        "Bearer pk_test_1234567890",
        "Bearer sk_test_",
        "Bearer sk_test_12",
        "Bearer rk_test_ab",
        "Bearer sk_test_with-a-dash",
        "Bearer sk_test_üüü",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
        basic("sk_live" + "_1234567890:"),
    ],
)
async def test_a_key_that_is_none_is_refused(sandbox: Bench, authorization: str | None) -> None:
    headers = {b"Authorization": (authorization or "").encode()}

    response = await sandbox.http.post("/v1/customers", headers=headers)

    said = refusal(response, 401)
    assert said["type"] == "invalid_request_error"
    assert "1234567890" not in said["message"]
    assert response.headers["request-id"].startswith("req_")


async def test_a_key_may_come_as_a_user_name(sandbox: Bench) -> None:
    made = await sandbox.v1.customers.create_async({"name": "Ann"})

    for user in (sandbox.key, f"{sandbox.key}:"):
        headers = {"Authorization": basic(user)}
        found = await sandbox.http.get(f"/v1/customers/{made.id}", headers=headers)
        assert found.json()["name"] == "Ann"


async def test_short_keys_are_accounts_of_their_own(sandbox: Bench) -> None:
    ids = set()
    for key in ("sk_test_123", "rk_test_123", "sk_test_1234", "sk_test_a_1"):
        headers = {"Authorization": f"Bearer {key}"}
        await sandbox.http.post("/v1/customers", headers=headers)
        customers = await sandbox.http.get("/v1/customers", headers=headers)
        assert len(customers.json()["data"]) == 1
        ids.add((await sandbox.http.get("/v1/account", headers=headers)).json()["id"])

    assert len(ids) == 4


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("sk_live" + "_1234567890123456", "sk_live_****3456"),
        ("sk_test_1!", "****"),
        ("hunter2", "****"),
    ],
)
async def test_a_key_that_is_refused_is_not_repeated(sandbox: Bench, key: str, shown: str) -> None:
    answer = await sandbox.http.get("/v1/charges", headers={"Authorization": f"Bearer {key}"})

    assert refusal(answer, 401)["message"] == f"Invalid API Key provided: {shown}"


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("192.168.0.7:12111", "http://192.168.0.7:12111"),
        ("till.local", "http://till.local"),
        ("[fe80::1]:80", "http://[fe80::1]:80"),
        ("a b", None),
        ("evil/x?", None),
        ("", None),
    ],
)
async def test_links_lead_to_where_the_caller_came(
    sandbox: Bench, host: str, base: str | None
) -> None:
    form = (
        "amount=1000&currency=gbp&confirm=true&return_url=https://a.test"
        "&payment_method=pm_card_authenticationRequired"
    )

    answer = await sandbox.http.post("/v1/payment_intents", content=form, headers={"Host": host})

    asked = answer.json()
    link = asked["next_action"]["redirect_to_url"]["url"]
    assert link == f"{base or sandbox.url}/_sandbox/3ds/{asked['id']}"


async def test_links_lead_to_the_public_address_where_there_is_one() -> None:
    options = SandboxOptions(seed=1, public_url="https://bank.test/")
    async with bench(options) as sandbox:
        asked = await sandbox.paid("pm_card_authenticationRequired", return_url="https://a.test")

    link = asked.next_action.redirect_to_url.url
    assert link == f"https://bank.test/_sandbox/3ds/{asked.id}"


async def test_a_restricted_test_key_is_an_account_too(sandbox: Bench) -> None:
    headers = {"Authorization": "Bearer rk_test_1234567890"}

    found = await sandbox.http.get("/v1/account", headers=headers)

    assert (found.status_code, found.json()["object"]) == (200, "account")


async def test_a_connected_account_is_refused(sandbox: Bench) -> None:
    headers = {"Stripe-Account": "acct_1234"}

    response = await sandbox.http.post("/v1/customers", headers=headers)

    assert refusal(response, 403)["type"] == "invalid_request_error"
    assert (await sandbox.v1.customers.list_async()).data == []


async def test_the_account_of_a_key_is_always_the_same(sandbox: Bench) -> None:
    first = await sandbox.http.get("/v1/account")
    again = await sandbox.http.get("/v1/account")

    assert first.json()["id"] == again.json()["id"]
    assert sandbox.key[-4:] not in first.json()["id"]
    assert first.json()["charges_enabled"] is True


async def test_the_version_that_was_asked_for_is_the_one_that_answers(sandbox: Bench) -> None:
    current = await sandbox.http.get("/v1/account")
    pinned = await sandbox.http.get("/v1/account", headers={"Stripe-Version": "2026-03-25.dahlia"})

    assert current.headers["stripe-version"] == "2026-10-28.endive"
    assert pinned.headers["stripe-version"] == "2026-03-25.dahlia"


@pytest.mark.parametrize(
    "version",
    ["tomorrow", "2099-12-31.zeta", "2020-08-27", "2026-10-28", "2026-10-28.dahlia", ""],
)
async def test_a_version_that_nobody_knows_is_refused(sandbox: Bench, version: str) -> None:
    headers = {"Stripe-Version": version}

    answer = await sandbox.http.get("/v1/account", headers=headers)

    assert refusal(answer, 400)["message"] == f"Invalid Stripe API version: {version}"


async def test_only_older_versions_take_payment_method_types(sandbox: Bench) -> None:
    data = {"amount": "1000", "currency": "gbp", "payment_method_types[]": "card"}

    older = await sandbox.http.post(
        "/v1/payment_intents", data=data, headers={"Stripe-Version": "2026-08-26.dahlia"}
    )
    newer = await sandbox.http.post(
        "/v1/payment_intents", data=data, headers={"Stripe-Version": "2026-09-30.endive"}
    )

    assert older.json()["payment_method_types"] == ["card"]
    assert older.json()["automatic_payment_methods"] is None
    assert refusal(newer, 400)["code"] == "payment_method_types_no_longer_supported"


async def test_a_path_that_does_not_exist_is_named(sandbox: Bench) -> None:
    response = await sandbox.http.post("/v1/wat")

    assert refusal(response, 404)["message"] == "Unrecognized request URL (POST: /v1/wat)."
    assert (await sandbox.http.put("/v1/customers")).status_code == 404


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", {}),
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a=x+y%20z", {"a": "x y z"}),
        ("m[a]=1&m[b]=2", {"m": {"a": "1", "b": "2"}}),
        ("m%5Ba%5D%5Bc%5D=1", {"m": {"a": {"c": "1"}}}),
        ("x[]=b&x[]=a", {"x": ["b", "a"]}),
        ("x[1]=b&x[0]=a&x[10]=c", {"x": ["a", "b", "c"]}),
        ("x[0][p]=1&x[0][q]=2&x[1][p]=3", {"x": [{"p": "1", "q": "2"}, {"p": "3"}]}),
        ("metadata[7]=a", {"metadata": {"7": "a"}}),
        ("a=1&a=2", {"a": "2"}),
    ],
)
def test_a_form_is_read_in_every_spelling(text: str, tree: object) -> None:
    assert forms.parse(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "a=1&a[b]=2",
        "a[b]=2&a=1",
        "a[b]=1&a[b][c]=2",
        "a[b][c][d][e][f][g][h][i]=1",
        "&".join(f"a{number}=1" for number in range(1001)),
        "a[\u00b2]=1",
    ],
)
def test_a_form_that_contradicts_itself_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        forms.parse(text)


@pytest.mark.parametrize("body", [b"a=1&a[b]=2", b"name=\xff\xfe"])
async def test_a_form_that_cannot_be_read_is_a_bad_request(sandbox: Bench, body: bytes) -> None:
    response = await sandbox.http.post("/v1/customers", content=body)

    said = refusal(response, 400)
    assert said["type"] == "invalid_request_error"
    assert said["message"].startswith("Invalid form: ")


async def test_odd_bytes_in_headers_and_queries_are_refused_and_not_a_crash(
    sandbox: Bench,
) -> None:
    key = await sandbox.http.post("/v1/customers", headers={b"Idempotency-Key": b"\xff"})
    query = await sandbox.http.get("/v1/customers?wat=%FF")

    assert key.status_code == 200
    assert refusal(query, 400)["param"] == "wat"


async def test_a_request_that_is_cut_off_changes_nothing(sandbox: Bench) -> None:
    at = urlsplit(sandbox.url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    head = (
        f"POST /v1/payment_intents HTTP/1.1\r\nHost: {at.netloc}\r\n"
        f"Authorization: Bearer {sandbox.key}\r\nContent-Length: 1000\r\n\r\n"
    )
    writer.write(head.encode() + b"amount=1000&currency=gbp&description=This+is+not+a")
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()

    assert (await sandbox.books())["intents"] == []


async def test_what_a_call_is_for_and_how_it_ended_is_noted(sandbox: Bench) -> None:
    await sandbox.post("/v1/customers", "", "noted-key")
    await sandbox.post("/v1/customers", "wat=1")

    noted = (await sandbox.control("GET", "requests")).json()["items"][-2:]

    assert noted == [
        {
            "method": "POST",
            "path": "/v1/customers",
            "idempotency_key": "noted-key",
            "status": 200,
            "fault": None,
        },
        {
            "method": "POST",
            "path": "/v1/customers",
            "idempotency_key": None,
            "status": 400,
            "fault": None,
        },
    ]
