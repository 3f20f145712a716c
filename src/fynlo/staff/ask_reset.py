"""Ask for a password reset by e-mail: the same answer for every address, at the same cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.ids import uuid7
from fynlo.staff import attempts, store_resets
from fynlo.staff.limits import reset_limit
from fynlo.staff.model import normal_email

if TYPE_CHECKING:
    from fynlo.platform.ports import Ports


async def ask_reset(ports: Ports, email: str) -> None:
    """Note that it was asked for. Whose address it is, if anybody's, the worker finds out.

    Raises `TooManyAttempts` after three in a quarter of an hour, for any address.
    """
    now, email = ports.clock.now(), normal_email(email)
    await attempts.count(ports, now, reset_limit(email), is_right=False)
    async with ports.db.system() as connection:
        await store_resets.ask(connection, uuid7(now), email, now)
