"""Verify a notification, store it, and only then acknowledge it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.notifications import store
from fynlo.notifications.model import Letter
from fynlo.payments.model.notice import InvalidSignature
from fynlo.platform.together import Together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.notifications.ports import Endpoint, Inbox
    from fynlo.platform.clock import Clock
    from fynlo.platform.database import Database


async def receive(clock: Clock, inbox: Inbox, payload: bytes, signature: str | None) -> None:
    """Keep a notification for the inbox, once however often it comes.

    When this returns, it is stored durably; a crash before that leaves nothing, and the provider
    sends it again. Raises `InvalidSignature` where nobody expects any, and what `endpoint.read`
    raises.
    """
    if inbox.endpoint is None or inbox.letterbox is None:
        message = "No notifications are expected here: no signing secret is configured."
        raise InvalidSignature(message)
    now = clock.now()
    notice = inbox.endpoint.read(payload, signature, now)
    is_needed = notice.saying is not None and notice.type in inbox.handlers
    await inbox.letterbox.do(Letter(notice, now, is_needed))


def letterbox(db: Database, endpoint: Endpoint) -> Together[Letter]:
    """Keep together what comes together: a burst costs few commits."""

    async def keep(letters: Sequence[Letter]) -> None:
        async with db.transaction(endpoint.merchant_id) as tx:
            store.keep(tx, endpoint.provider, letters)

    return Together(keep)
