"""Sign in somebody whom an identity provider knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.staff import store
from fynlo.staff.begin_session import begin_session
from fynlo.staff.model import InvalidCredentials, normal_email

if TYPE_CHECKING:
    from fynlo.staff.begin_session import SignedIn
    from fynlo.staff.ports import StaffPorts


async def sign_in_by_provider(ports: StaffPorts, email: str) -> SignedIn:
    """Open a session for whoever has this e-mail here, on the word of a provider that we trust.

    The second factor is the provider's business. Raises `InvalidCredentials` when nobody who works
    here has the address.
    """
    now, email = ports.clock.now(), normal_email(email)
    async with ports.db.system() as connection:
        found = await store.find_login(connection, email)
    if found is None:
        raise InvalidCredentials("Nobody here has this address.")
    merchant_id, staff_id = found
    async with ports.db.transaction(merchant_id) as tx:
        known = await store.load_person(tx, staff_id)
        if known is None or not known[0].active:
            raise InvalidCredentials("Nobody here has this address.")
        return begin_session(tx, ports, known[0], now)
