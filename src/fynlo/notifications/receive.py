"""Verify a notification, store it, and only then acknowledge it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.notifications import store
from fynlo.payments.model.notice import InvalidSignature

if TYPE_CHECKING:
    from fynlo.notifications.ports import Inbox
    from fynlo.platform.ports import Ports


async def receive(ports: Ports, inbox: Inbox, payload: bytes, signature: str | None) -> None:
    """Keep a notification for the inbox, once however often it comes.

    When this returns, it is stored durably; a crash before that leaves nothing, and the provider
    sends it again. Raises `InvalidSignature` where nobody expects any, and what `endpoint.read`
    raises.
    """
    endpoint = inbox.endpoint
    if endpoint is None:
        message = "No notifications are expected here: no signing secret is configured."
        raise InvalidSignature(message)
    now = ports.clock.now()
    notice = endpoint.read(payload, signature, now)
    is_needed = notice.saying is not None and notice.type in inbox.handlers
    async with ports.db.transaction(endpoint.merchant_id) as tx:
        store.keep(tx, endpoint.provider, notice, now, is_needed=is_needed)
