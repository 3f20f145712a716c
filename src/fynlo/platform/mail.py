"""Mail by SMTP, to a server of the operator's: encrypted, unless that is this very machine."""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from fynlo.platform.database import assert_no_transaction

SECONDS_MAX: Final = 10.0
_WORD: Final = r"[\w!#$%&'*+/=^`{|}~-]+"
ADDRESS: Final = rf"{_WORD}(\.{_WORD})*@[\w-]+(\.[\w-]+)+"
"""What is an address: words of letters, digits and a few marks, and nothing that a header reads as
anything else."""

_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def is_an_address(text: str) -> bool:
    """Whether a mail can be sent to it."""
    return re.fullmatch(ADDRESS, text) is not None


@dataclass(frozen=True)
class Mailer:
    """Hands messages to the server at `url`; `address` is where this installation is reached."""

    url: str = field(repr=False)
    sender: str
    address: str

    async def send(self, to: str, subject: str, text: str) -> str | None:
        """Hand a message over; return what kind of trouble kept the server from taking it.

        A lost answer is trouble too: sending again may send twice, never not at all.
        """
        assert_no_transaction()
        if not is_an_address(to):
            return "NoAddress"  # The email package raises anything at all at some texts.
        message = EmailMessage()
        message["From"], message["Subject"] = self.sender, subject
        message.set_content(text)
        try:
            message["To"] = to
            await asyncio.to_thread(self._deliver, message, to)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return type(error).__name__  # Its text may quote the message.
        return None

    def _deliver(self, message: EmailMessage, to: str) -> None:
        parts, tls = urlsplit(self.url), ssl.create_default_context()
        host = parts.hostname or ""
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS_MAX, context=tls)
        else:
            server = smtplib.SMTP(host, parts.port or 587, timeout=SECONDS_MAX)
        with server:
            if parts.scheme == "smtp" and host not in _THIS_MACHINE:
                server.starttls(context=tls)  # A server that cannot is not spoken to.
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message, self.sender, [to])
