"""A password is changed by who knows it, or by who reads their mail, once."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from fynlo.platform.mail import Mailer
from fynlo.staff import secret_texts, store_people, store_resets
from fynlo.staff.forget import forget
from fynlo.staff.send_resets import ATTEMPTS_MAX, send_resets
from tests.staff.people import (
    PASSWORD,
    fail,
    fail_at,
    give_password,
    log_in,
    me,
    signed_in,
    wrong_proofs,
)
from tests.staff.test_keys import SELLS, make, program
from tests.support.crash import Crash
from tests.support.mailbox import Mailbox, mailbox
from tests.support.serve import http_client
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from fynlo.staff.ports import StaffPorts
    from tests.support.shop import Shop

NEW = "tea at five, perhaps"
DAY = 86_400


@pytest.fixture
async def http(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that has signed in nowhere, of a shop whose people have a password."""
    await give_password(shop)
    async with http_client(base_url=shop.url, timeout=30) as client:
        yield client


@pytest.fixture
async def box(shop: Shop) -> AsyncIterator[Mailbox]:
    """Return a mailbox for what this test asks for: what others left has gone elsewhere."""
    async with mailbox() as others:
        while await send_resets(posting(shop, others)):
            pass
    async with mailbox() as box:
        yield box


def posting(shop: Shop, box: Mailbox) -> StaffPorts:
    """Return what the worker has that sends mail by this server."""
    mailer = Mailer(box.url, "till@shop.example", "https://pay.shop.example")
    return replace(shop.wiring.staff_ports(), mailer=mailer)


async def ask(http: httpx.AsyncClient, email: str) -> httpx.Response:
    return await http.post("/api/v1/auth/forgot-password", json={"email": email})


async def reset(http: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    body = {"token": token, "new_password": password}
    return await http.post("/api/v1/auth/reset-password", json=body)


async def mailed(shop: Shop, http: httpx.AsyncClient, box: Mailbox, email: str) -> str:
    """Ask for a reset, and return the token of its mail."""
    assert (await ask(http, email)).status_code == 204
    await send_resets(posting(shop, box))
    found = re.search(r"^frs_\S{43}$", box.text(), re.MULTILINE)
    assert found is not None
    return found[0]


async def pending(shop: Shop, email: str) -> list[dict[str, Any]]:
    async with shop.wiring.db.system() as connection:
        rows = await connection.fetch("select * from password_resets where email = $1", email)
    return [dict(row) for row in rows]


async def test_one_changes_ones_own_password_and_every_other_session_ends(
    shop: Shop, http: httpx.AsyncClient
) -> None:
    email = shop.email("cashier")
    phone = await signed_in(http, email)
    async with shop.till("cashier") as till:
        before = await shop.everything()
        wrong = {"current": PASSWORD + "!", "new": NEW}
        refused(await till.call("POST", "/auth/password", wrong), 403, "proof-invalid")
        short = {"current": PASSWORD, "new": "seven77"}
        problem = refused(await till.call("POST", "/auth/password", short), 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == "/new"
        assert await shop.everything() == before
        assert await wrong_proofs(shop, "cashier") == 1

        answer = await till.call("POST", "/auth/password", {"current": PASSWORD, "new": NEW})

        assert answer.status_code == 204
        said(await till.call("GET", "/auth/me"), 200)
    refused(await me(http, phone["access_token"]), 401, "unauthenticated")
    refused(await log_in(http, email, PASSWORD), 401, "invalid-credentials")
    said(await log_in(http, email, NEW), 200)
    said(await log_in(http, shop.email("manager"), PASSWORD), 200)


async def test_of_two_changes_at_once_one_holds(shop: Shop, http: httpx.AsyncClient) -> None:
    wishes = [{"current": PASSWORD, "new": f"{NEW} {n}"} for n in range(2)]
    async with shop.till("cashier") as till:
        answers = await asyncio.gather(
            *(till.call("POST", "/auth/password", wish) for wish in wishes)
        )

    assert sorted(one.status_code for one in answers) == [204, 403]
    won = wishes[[one.status_code for one in answers].index(204)]
    said(await log_in(http, shop.email("cashier"), won["new"]), 200)


async def test_outsiders_who_guess_at_the_sign_in_keep_nobody_from_proving_who_they_are(
    shop: Shop, http: httpx.AsyncClient
) -> None:
    await fail(shop, shop.email("cashier"), 10)
    refused(await log_in(http, shop.email("cashier")), 429, "too-many-attempts")
    async with shop.till("cashier") as till:
        body = {"current": PASSWORD, "new": NEW}
        assert (await till.call("POST", "/auth/password", body)).status_code == 204
        await fail_at(shop, f"proof:{shop.merchant_id}:{shop.staff_id('cashier')}", 10)
        answer = await till.call("POST", "/auth/password", {"current": NEW, "new": PASSWORD})

    assert refused(answer, 429, "too-many-attempts")["retry_after"] == 901
    shop.advance(900)
    said(await log_in(http, shop.email("cashier"), NEW), 200)


async def test_a_reset_ends_the_keys_of_whoever_knew_the_old_password(
    shop: Shop, http: httpx.AsyncClient, box: Mailbox
) -> None:
    async with shop.till("manager") as manager, shop.till("admin") as admin:
        key, other = await make(manager, *SELLS), await make(admin, *SELLS)
        changing = {"current": PASSWORD, "new": PASSWORD + "!"}
        assert (await manager.call("POST", "/auth/password", changing)).status_code == 204
        async with program(shop, key["key"]) as web, program(shop, other["key"]) as app:
            said(await web.call("GET", "/orders"), 200)
            token = await mailed(shop, http, box, shop.email("manager"))
            assert (await reset(http, token)).status_code == 204
            refused(await web.call("GET", "/orders"), 401, "unauthenticated")
            said(await app.call("GET", "/orders"), 200)
        (told,) = await shop.rows(
            "select actor_id, target_id from audit_entries where action = 'api_key.revoked'"
        )
        assert (told["actor_id"], str(told["target_id"])) == (None, key["id"])
        mine = await make(admin, *SELLS)
        async with shop.till("manager") as again:
            key = await make(again, *SELLS)
        path = f"/staff/{shop.staff_id('manager')}"
        said(await admin.call("PATCH", path, {"password": NEW + "!"}), 200)
        left = said(await admin.call("GET", "/api-keys"), 200)["items"]
        assert {one["id"] for one in left} == {other["id"], mine["id"]}


@pytest.mark.parametrize("change", ["email = 'x@' || email", "active = false"])
async def test_a_token_is_held_to_whom_it_was_mailed_whatever_missed_it(
    shop: Shop, http: httpx.AsyncClient, box: Mailbox, change: str
) -> None:
    token = await mailed(shop, http, box, shop.email("cashier"))
    await shop.rows(f"update staff set {change} where role = 'cashier' returning id")
    before = await shop.everything()

    refused(await reset(http, token), 422, "reset-invalid")

    assert await shop.everything() == before


async def test_a_reset_that_became_void_gets_no_other_token(
    shop: Shop, http: httpx.AsyncClient, box: Mailbox
) -> None:
    await mailed(shop, http, box, shop.email("cashier"))
    (row,) = await pending(shop, shop.email("cashier"))
    whose, now = (shop.merchant_id, shop.staff_id("cashier")), shop.wiring.clock.now()
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        store_resets.void(tx, whose[1], now)
    async with shop.wiring.db.system() as connection:
        assert not await store_resets.prepare(connection, row["id"], whose, b"other", now)
    assert (await pending(shop, shop.email("cashier")))[0]["token_hash"] == row["token_hash"]


async def test_x16_a_mail_lets_somebody_set_a_new_password_once(
    shop: Shop, http: httpx.AsyncClient, box: Mailbox
) -> None:
    email = shop.email("cashier")
    phone = await signed_in(http, email)
    await fail(shop, email, 10)

    token = await mailed(shop, http, box, f" {email.upper()} ")

    (mail,) = box.mails
    assert (mail["To"], mail["From"]) == (email, "till@shop.example")
    assert "Hello Cashier" in box.text()
    assert "https://pay.shop.example" in box.text()
    (row,) = await pending(shop, email)
    assert row["token_hash"] == secret_texts.hashed(token)
    assert row["due_at"] is None
    assert token not in repr(row)
    assert await send_resets(posting(shop, box)) == 0
    answers = await asyncio.gather(reset(http, token), reset(http, token))
    assert sorted(one.status_code for one in answers) == [204, 422]
    refused(await reset(http, token), 422, "reset-invalid")
    refused(await me(http, phone["access_token"]), 401, "unauthenticated")
    refused(await log_in(http, email, PASSWORD), 401, "invalid-credentials")
    said(await log_in(http, email, NEW), 200)


async def test_the_answer_is_the_same_for_an_address_that_nobody_has(
    shop: Shop, http: httpx.AsyncClient, box: Mailbox
) -> None:
    left, nobody = shop.email("manager"), f"nobody@{shop.merchant_id}.test"
    await shop.rows("update staff set active = false where role = 'manager'")

    answers = [await ask(http, email) for email in (shop.email("cashier"), left, nobody)]

    assert [(one.status_code, one.content) for one in answers] == [(204, b"")] * 3
    assert await send_resets(posting(shop, box)) == 3
    assert [mail["To"] for mail in box.mails] == [shop.email("cashier")]
    assert [await pending(shop, email) for email in (left, nobody)] == [[], []]
    refused(await reset(http, "frs_" + "x" * 43), 422, "reset-invalid")


async def test_a_fourth_mail_in_a_quarter_of_an_hour_is_refused_for_any_address(
    shop: Shop, http: httpx.AsyncClient, box: Mailbox
) -> None:
    for email in (shop.email("cashier"), f"nobody@{shop.merchant_id}.test"):
        answers = await asyncio.gather(*(ask(http, email) for _ in range(4)))
        assert sorted(one.status_code for one in answers) == [204] * 3 + [429]
    assert await send_resets(posting(shop, box)) == 6
    assert len(box.mails) == 3
    shop.advance(900)
    assert (await ask(http, shop.email("cashier"))).status_code == 204
    await send_resets(posting(shop, box))


@pytest.mark.parametrize("what", ["a day passed", "a new password", "another address", "left"])
async def test_a_reset_holds_no_longer_than_what_it_was_asked_for(
    shop: Shop, http: httpx.AsyncClient, box: Mailbox, what: str
) -> None:
    email = shop.email("cashier")
    token = await mailed(shop, http, box, email)
    wishes = {
        "a new password": {"password": "another password"},
        "another address": {"email": f"carl@{shop.merchant_id}.test"},
        "left": {"active": False},
    }
    if what in wishes:
        async with shop.till("admin") as admin:
            path = f"/staff/{shop.staff_id('cashier')}"
            said(await admin.call("PATCH", path, wishes[what]), 200)
    else:
        shop.advance(DAY)
    before = await shop.everything()

    refused(await reset(http, token), 422, "reset-invalid")

    assert await shop.everything() == before


async def test_a_mail_that_is_not_taken_is_tried_again_ever_later_and_given_up(
    shop: Shop, http: httpx.AsyncClient, box: Mailbox
) -> None:
    email, ports = shop.email("cashier"), posting(shop, box)
    await ask(http, email)
    box.refusal = "try later"
    with capture_logs() as logs:
        for attempt in range(1, ATTEMPTS_MAX):
            assert await send_resets(ports) == 1
            assert await send_resets(ports) == 0
            shop.advance(60 * 2**attempt)
        assert await send_resets(ports) == 1

    assert [one["reason"] for one in logs] == ["SMTPSenderRefused"] * ATTEMPTS_MAX
    assert logs[-1]["log_level"] == "error"
    assert "frs_" not in str(logs)
    assert email not in str(logs)
    assert box.mails == []
    assert await pending(shop, email) == []


async def test_a_worker_that_stops_in_the_middle_loses_no_mail(
    shop: Shop, http: httpx.AsyncClient, box: Mailbox
) -> None:
    email = shop.email("cashier")
    await ask(http, email)
    async with mailbox() as away:
        gone = away.url
    box.refusal = "try later"
    with capture_logs():
        await send_resets(posting(shop, Mailbox(gone)))
    shop.advance(120)
    box.refusal = ""

    assert await send_resets(posting(shop, box)) >= 1  # Others here may have mail, too.

    (row,) = await pending(shop, email)
    assert (row["attempts"], row["due_at"]) == (2, None)
    assert box.mails


async def test_without_a_mail_server_nothing_is_pretended(
    shop: Shop, http: httpx.AsyncClient
) -> None:
    answer = await ask(http, shop.email("cashier"))
    with capture_logs() as logs:
        assert await send_resets(shop.wiring.staff_ports()) == 1

    assert answer.status_code == 204
    assert "FYNLO_SMTP_URL is absent: nothing is sent" in logs[0]["event"]
    assert await pending(shop, shop.email("cashier")) == []


async def test_x13_resets_that_nobody_can_use_are_forgotten(
    shop: Shop, http: httpx.AsyncClient
) -> None:
    email = f"{uuid4()}@shop.test"
    await ask(http, email)
    shop.advance(2 * DAY - 1)
    await forget(shop.ports())
    assert len(await pending(shop, email)) == 1

    shop.advance(1)
    await forget(shop.ports())

    assert await pending(shop, email) == []


async def test_an_address_that_is_none_keeps_no_mail_of_others(
    shop: Shop, http: httpx.AsyncClient, box: Mailbox
) -> None:
    bad = f"?,:;?@{shop.merchant_id}..("
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        store_people.move_login(tx, bad, shop.staff_id("manager"))
        tx.write("update staff set email = $1 where id = $2", bad, shop.staff_id("manager"))
    for email in (bad, shop.email("cashier")):
        assert (await ask(http, email)).status_code == 204

    assert await send_resets(posting(shop, box)) == 2

    assert [mail["To"] for mail in box.mails] == [shop.email("cashier")]
    for attempt in range(1, ATTEMPTS_MAX):
        (row,) = await pending(shop, bad)
        assert row["attempts"] == attempt
        shop.advance(60 * 2**attempt)
        await send_resets(posting(shop, box))
    assert await pending(shop, bad) == []
    await shop.rows("update staff set active = false where email = $1 returning id", bad)


async def test_a_reset_that_never_came_to_an_end_is_given_up_before_it_is_sent(
    shop: Shop, http: httpx.AsyncClient, box: Mailbox
) -> None:
    email = shop.email("cashier")
    assert (await ask(http, email)).status_code == 204
    async with shop.wiring.db.system() as connection:
        sql = "update password_resets set attempts = $1 where email = $2"
        await connection.execute(sql, ATTEMPTS_MAX, email)

    assert await send_resets(posting(shop, box)) == 1

    assert (box.mails, await pending(shop, email)) == ([], [])


class Falling(Mailer):
    """Dies of every mail to the address where it believes to be."""

    async def send(self, to: str, subject: str, text: str) -> str | None:
        if to == self.address:
            raise Crash
        return await super().send(to, subject, text)


async def test_what_goes_wrong_with_one_mail_keeps_no_other(
    shop: Shop, http: httpx.AsyncClient, box: Mailbox
) -> None:
    for who in ("cashier", "manager"):
        assert (await ask(http, shop.email(who))).status_code == 204

    falling = Falling(box.url, "till@shop.example", shop.email("cashier"))
    with pytest.raises(Crash):
        await send_resets(replace(posting(shop, box), mailer=falling))

    assert [mail["To"] for mail in box.mails] == [shop.email("manager")]
