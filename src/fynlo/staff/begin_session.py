"""Begin a session for somebody who has just shown who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.kernel.ids import SessionId, uuid7
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import secret_texts, store, tokens
from fynlo.staff.model import Caller, permissions_of

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import MerchantId
    from fynlo.platform.database import Tx
    from fynlo.staff.model import Permission
    from fynlo.staff.ports import StaffPorts
    from fynlo.staff.store import Person


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The tokens, told once, whom they are for, and whether on a device of the shop's."""

    access_token: str
    refresh_token: str
    merchant_id: MerchantId
    person: Person
    is_at_device: bool

    @property
    def permissions(self) -> frozenset[Permission]:
        """What they may do in this session."""
        return permissions_of(self.person.role, is_at_device=self.is_at_device)


def begin_session(
    tx: Tx, ports: StaffPorts, person: Person, now: datetime, device_id: UUID | None = None
) -> SignedIn:
    """Queue a session with its first refresh token, on a device if they signed in on one."""
    session_id = SessionId(uuid7(now))
    refresh_token, until = secret_texts.new(secret_texts.REFRESH), now + tokens.REFRESH_LIFETIME
    store.open_session(tx, session_id, person.id, (now, until), device_id)
    store.add_refresh_token(tx, secret_texts.hashed(refresh_token), session_id, until)
    device = "" if device_id is None else str(device_id)
    caller = Caller(tx.merchant_id, session_id, person.id, device)
    by = "pin" if device_id is not None else "password"
    audit.record(tx, now, caller, Act("session.begun", "session", session_id, after={"by": by}))
    access_token = tokens.issue(ports.keys, caller, now)
    return SignedIn(access_token, refresh_token, tx.merchant_id, person, device_id is not None)
