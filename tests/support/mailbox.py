"""A mail server: a few lines of SMTP on a real socket, which keep what they are given."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from email.message import Message


@dataclass
class Mailbox:
    """What was delivered; with `refusal` set, the server takes nothing and says that."""

    url: str = ""
    mails: list[Message] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    refusal: str = ""

    def text(self) -> str:
        """Return the body of the last mail."""
        body = self.mails[-1].get_payload(decode=True)
        assert isinstance(body, bytes)
        return body.decode().replace("\r\n", "\n")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mailbox\r\n")
        while line := (await reader.readline()).decode().strip():
            self.said.append(line)
            verb = line.split()[0].upper()
            if verb == "DATA":
                writer.write(b"354 go on\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                text = text.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")  # RFC 5321, 4.5.2
                self.mails.append(message_from_bytes(text))
            if verb == "EHLO":
                writer.write(b"250-mailbox\r\n250 AUTH PLAIN\r\n")
            elif verb == "AUTH":
                writer.write(b"235 come in\r\n")
            elif verb == "STARTTLS":
                writer.write(b"502 not here\r\n")
            elif verb == "MAIL" and self.refusal:
                writer.write(f"451 {self.refusal}\r\n".encode())
            elif verb == "QUIT":
                break
            else:
                writer.write(b"250 fine\r\n")
        writer.write(b"221 bye\r\n")
        writer.close()


@asynccontextmanager
async def mailbox(host: str = "127.0.0.1", login: str = "") -> AsyncIterator[Mailbox]:
    """Serve a mailbox until the block ends."""
    box = Mailbox()
    async with await asyncio.start_server(box._serve, host, 0) as server:
        port = server.sockets[0].getsockname()[1]
        box.url = f"smtp://{login}{host}:{port}"
        yield box
