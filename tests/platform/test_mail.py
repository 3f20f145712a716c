"""Mail goes to a real server on a real socket, encrypted unless it is this machine."""

from __future__ import annotations

import ssl
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.platform.database import Database, connect
from fynlo.platform.mail import ADDRESS, Mailer, is_an_address
from tests.support.mailbox import mailbox

SENDER = "till@shop.example"


def mailer(url: str) -> Mailer:
    return Mailer(url, SENDER, "https://pay.shop.example")


async def test_a_mail_arrives_as_it_was_written() -> None:
    async with mailbox(login="user:a%20secret@") as box:
        trouble = await mailer(box.url).send("o'brien@shop.example", "Ünï", "Hello\n\n.\nÜnï\n")

    assert trouble is None
    (mail,) = box.mails
    assert (mail["From"], mail["To"]) == (SENDER, "o'brien@shop.example")
    assert box.text() == "Hello\n\n.\nÜnï\n"
    assert any(line.startswith("AUTH PLAIN") for line in box.said)


@pytest.mark.parametrize("to", ["a@b.test\r\nBcc: c@d.test", "ünï@shop.example", "?,:;?@..!("])
async def test_an_address_that_the_mail_cannot_have_is_trouble_and_nothing_is_sent(to: str) -> None:
    async with mailbox() as box:
        assert await mailer(box.url).send(to, "s", "t") in {
            *("NoAddress", "SMTPNotSupportedError", "UnicodeEncodeError")
        }

    assert box.mails == []


async def test_a_server_that_is_away_or_refuses_is_trouble_by_its_kind() -> None:
    async with mailbox() as box:
        box.refusal = "try later"
        assert await mailer(box.url).send("a@b.test", "s", "t") == "SMTPSenderRefused"

    assert box.mails == []
    assert await mailer(box.url).send("a@b.test", "s", "t") == "ConnectionRefusedError"


async def test_another_machine_that_does_not_encrypt_is_told_nothing() -> None:
    async with mailbox("127.0.0.2", login="user:secret@") as box:
        assert await mailer(box.url).send("a@b.test", "s", "t") == "SMTPNotSupportedError"

    assert box.mails == []
    assert [line.split()[0].upper() for line in box.said] == ["EHLO", "QUIT"]


async def test_a_server_that_must_encrypt_and_does_not_is_trouble() -> None:
    async with mailbox() as box:
        url = box.url.replace("smtp://", "smtps://")
        assert await mailer(url).send("a@b.test", "s", "t") == ssl.SSLError.__name__

    assert box.mails == []


async def test_a_mail_inside_a_transaction_is_our_bug(database_url: str) -> None:
    db = Database(await connect(database_url, connections_max=1))
    with pytest.raises(AssertionError, match="inside a database transaction"):
        async with db.system():
            await mailer("smtp://127.0.0.1:9").send("a@b.test", "s", "t")
    await db.close()


def test_a_password_of_the_mail_server_is_in_no_repr() -> None:
    assert "secret" not in repr(mailer("smtps://user:secret@mail.example"))


@given(st.from_regex(ADDRESS, fullmatch=True))
def test_whatever_is_taken_for_an_address_is_one_in_a_header(address: str) -> None:
    message = EmailMessage()
    message["To"] = address

    assert [one.addr_spec for one in message["To"].addresses] == [address]
    message.as_bytes()


@pytest.mark.parametrize(
    "text",
    ["?,:;?@..!(", "a@b", "a@.b", "a..b@c.d", "a@b.c,d@e.f", "<a@b.c>", "a b@c.d", "=?u?q?a?=@b.c"],
)
def test_whatever_a_header_reads_as_anything_else_is_none(text: str) -> None:
    assert not is_an_address(text)
