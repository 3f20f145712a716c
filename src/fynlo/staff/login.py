"""Sign in with an e-mail and a password, and a code where there is a second factor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from uuid import UUID

from fynlo.kernel.ids import MerchantId, StaffId
from fynlo.staff import attempts, store
from fynlo.staff.begin_session import begin_session
from fynlo.staff.hashing import NOBODY, passwords
from fynlo.staff.limits import password_limit
from fynlo.staff.model import InvalidCredentials, SecondFactorRequired, normal_email
from fynlo.staff.second_factor import passes

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.staff.begin_session import SignedIn
    from fynlo.staff.ports import StaffPorts
    from fynlo.staff.store import Person

_NOBODY: Final = MerchantId(UUID(int=0)), StaffId(UUID(int=0))
"""Is looked for where nobody has the address, so that it takes as long."""
_WRONG: Final = "The e-mail or the password is wrong."


async def login(ports: StaffPorts, email: str, password: str, code: str | None = None) -> SignedIn:
    """Open a session. An unknown e-mail costs and says the same as a wrong password.

    Raises `InvalidCredentials`, `SecondFactorRequired` while the code is missing or wrong, and
    `TooManyAttempts` after ten wrong passwords or ten wrong codes in a quarter of an hour.
    """
    now, email = ports.clock.now(), normal_email(email)
    limit = password_limit(email)
    async with ports.db.system() as connection:
        await attempts.must_be_few(connection, now, limit)
        found = await store.find_login(connection, email)
    known = await _person(ports, found or _NOBODY)
    password_hash = NOBODY if known is None else known[1]
    fits = await asyncio.to_thread(passwords.verify, password, password_hash)
    if not fits or found is None or known is None or not known[0].active:
        await attempts.count(ports, now, limit, is_right=False)
        raise InvalidCredentials(_WRONG)
    await attempts.count(ports, now, limit, is_right=True)
    is_right = await passes(ports, *found, code, now)
    if is_right is None:
        raise SecondFactorRequired("Send a code of your authenticator, or a recovery code.")
    if not is_right:
        raise SecondFactorRequired("This code is wrong, or was used.")
    return await _open(ports, found[0], known, now)


async def _person(
    ports: StaffPorts, found: tuple[MerchantId, StaffId]
) -> tuple[Person, str] | None:
    async with ports.db.transaction(found[0]) as tx:
        return await store.load_person(tx, found[1])


async def _open(
    ports: StaffPorts, merchant_id: MerchantId, known: tuple[Person, str], now: datetime
) -> SignedIn:
    person, password_hash = known
    async with ports.db.transaction(merchant_id) as tx:
        # While the password was being read it may have been changed, and every session ended.
        if not await store.lock_secret(tx, person.id, password_hash=password_hash, pin_hash=None):
            raise InvalidCredentials(_WRONG)
        return begin_session(tx, ports, person, now)
