"""Send the mails of password resets: each token exists in the mail, and here as a hash."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from fynlo.platform.telemetry import log
from fynlo.staff import secret_texts, store, store_resets

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import MerchantId, StaffId
    from fynlo.platform.database import Row
    from fynlo.platform.mail import Mailer
    from fynlo.staff.ports import StaffPorts

LIFETIME: Final = timedelta(hours=24)
LEASE: Final = timedelta(minutes=2)
BATCH_MAX: Final = 10
ATTEMPTS_MAX: Final = 6

_SUBJECT: Final = "A new password for Fynlo"
_TEXT: Final = """\
Hello {name},

somebody asked for a new password for {email} at {address}.

Your reset token, good once and for 24 hours:

{token}

With the new password every session of yours ends, and every API key that you answer for.

If it was not you, do nothing: your password stays as it is.
"""


async def send_resets(ports: StaffPorts) -> int:
    """Send what is due; return how many were taken up.

    Safe to run by many at once and to stop at any line: what was taken up and not sent is due again
    soon, with another token. Without a mail server nothing is sent, and the log says so.
    """
    now = ports.clock.now()
    async with ports.db.system() as connection:
        due = await store_resets.claim(connection, now, now + LEASE, BATCH_MAX)
    # What goes wrong with one of them, which would be our bug, keeps no mail of others.
    ends = await asyncio.gather(*(_settle(ports, row, now) for row in due), return_exceptions=True)
    for end in ends:
        if end is not None:
            raise end
    return len(due)


async def _settle(ports: StaffPorts, reset: Row, now: datetime) -> None:
    if reset["attempts"] > ATTEMPTS_MAX:
        log.error("a password reset never came to an end, and is given up")
    elif await _send(ports, reset, now):
        return
    async with ports.db.system() as connection:
        await store_resets.drop(connection, reset["id"])


async def _send(ports: StaffPorts, reset: Row, now: datetime) -> bool:
    """Send one; False when it comes to nothing and may be forgotten."""
    if ports.mailer is None:
        log.warning("a password reset was asked for, and FYNLO_SMTP_URL is absent: nothing is sent")
        return False
    async with ports.db.system() as connection:
        whose = await store.find_login(connection, reset["email"])
    if whose is None:
        return False
    token = await _token(ports, reset["id"], whose, now)
    # Whoever changes them from here on finds the reset, and voids it.
    async with ports.db.transaction(whose[0]) as tx:
        person = await store.find_secrets(tx, whose[1])
    if token is None or person is None or person["email"] != reset["email"]:
        return False
    text = _TEXT.format(
        name=person["name"], email=reset["email"], address=ports.mailer.address, token=token
    )
    return await _hand_over(ports, ports.mailer, reset, text)


async def _token(
    ports: StaffPorts, reset_id: UUID, whose: tuple[MerchantId, StaffId], now: datetime
) -> str | None:
    token = secret_texts.new(secret_texts.RESET)
    async with ports.db.system() as connection:
        is_live = await store_resets.prepare(
            connection, reset_id, whose, secret_texts.hashed(token), now + LIFETIME
        )
    return token if is_live else None


async def _hand_over(ports: StaffPorts, mailer: Mailer, reset: Row, text: str) -> bool:
    trouble = await mailer.send(reset["email"], _SUBJECT, text)
    if trouble is not None and reset["attempts"] >= ATTEMPTS_MAX:
        log.error("a password reset could not be sent, and is given up", reason=trouble)
        return False
    due_at = None
    if trouble is not None:
        log.warning("a password reset was not sent yet", reason=trouble)
        due_at = ports.clock.now() + timedelta(minutes=2 ** reset["attempts"])
    async with ports.db.system() as connection:
        await store_resets.postpone(connection, reset["id"], due_at)
    return True
