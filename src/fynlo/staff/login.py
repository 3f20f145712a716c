"""Sign in with an e-mail and a password."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pwdlib import PasswordHash

from fynlo.kernel.ids import SessionId, uuid7
from fynlo.staff import store, tokens
from fynlo.staff.model import Caller, InvalidCredentials, TooManyAttempts, normal_email

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import MerchantId, StaffId
    from fynlo.platform.ports import Ports
    from fynlo.staff.ports import StaffPorts
    from fynlo.staff.store import Person

FAILURES_MAX: Final = 10
FAILURE_WINDOW: Final = timedelta(minutes=15)

passwords: Final = PasswordHash.recommended()
_WRONG: Final = "The e-mail or the password is wrong."
_NOBODY: Final = passwords.hash("nobody has this password")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The tokens, told once, and whom they are for."""

    access_token: str
    refresh_token: str
    merchant_id: MerchantId
    person: Person


async def login(ports: StaffPorts, email: str, password: str) -> SignedIn:
    """Open a session. An unknown e-mail costs and says the same as a wrong password.

    Raises `InvalidCredentials`, and `TooManyAttempts` after ten failures in a quarter of an hour.
    """
    now, email = ports.clock.now(), normal_email(email)
    async with ports.db.system() as connection:
        failures = await store.failures_since(connection, email, now - FAILURE_WINDOW)
        found = await store.find_login(connection, email)
    _must_be_few(failures, now)
    known = await _person(ports, found)
    password_hash = _NOBODY if known is None else known[1]
    fits = await asyncio.to_thread(passwords.verify, password, password_hash)
    is_right = fits and known is not None and known[0].active
    await _count(ports, email, now, is_right=is_right)
    if found is None or known is None or not is_right:
        raise InvalidCredentials(_WRONG)
    return await _open(ports, found[0], known, now)


def _must_be_few(failures: list[datetime], now: datetime) -> None:
    if len(failures) >= FAILURES_MAX:
        wait = failures[-FAILURES_MAX] + FAILURE_WINDOW - now
        seconds = int(wait.total_seconds()) + 1
        raise TooManyAttempts("Wait before you try again.", retry_after=seconds)


async def _count(ports: StaffPorts, email: str, now: datetime, *, is_right: bool) -> None:
    """Count an attempt, one after the other: many guesses at once get no more tries than ten."""
    async with ports.db.system() as connection:
        await store.lock_failures(connection, email)
        failures = await store.failures_since(connection, email, now - FAILURE_WINDOW)
        _must_be_few(failures, now)
        if not is_right:
            await store.add_failure(connection, email, uuid7(now), now)
        elif failures:
            await store.forget_failures(connection, email)


async def forget_old_failures(ports: Ports) -> int:
    """Remove what no attempt is counted with any more; returns how many rows that was.

    Anybody may make failures for any address, so they must not pile up.
    """
    async with ports.db.system() as connection:
        return await store.forget_failures_before(connection, ports.clock.now() - FAILURE_WINDOW)


async def _person(
    ports: StaffPorts, found: tuple[MerchantId, StaffId] | None
) -> tuple[Person, str] | None:
    if found is None:
        return None
    async with ports.db.transaction(found[0]) as tx:
        return await store.load_person(tx, found[1])


async def _open(
    ports: StaffPorts, merchant_id: MerchantId, known: tuple[Person, str], now: datetime
) -> SignedIn:
    person, password_hash = known
    session_id = SessionId(uuid7(now))
    refresh_token, expires_at = tokens.new_refresh_token(), now + tokens.REFRESH_LIFETIME
    async with ports.db.transaction(merchant_id) as tx:
        # While the password was being read it may have been changed, and every session ended.
        if not await store.may_still_sign_in(tx, person.id, password_hash):
            raise InvalidCredentials(_WRONG)
        store.open_session(tx, session_id, person.id, now, expires_at)
        store.add_refresh_token(tx, tokens.refresh_hash(refresh_token), session_id, expires_at)
    caller = Caller(merchant_id, session_id, person.id)
    return SignedIn(tokens.issue(ports.keys, caller, now), refresh_token, merchant_id, person)
