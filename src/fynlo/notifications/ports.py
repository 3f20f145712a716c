"""Where a provider's notifications arrive, and who handles which of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from fynlo.kernel.ids import MerchantId
from fynlo.payments.model.notice import Handled, Notice
from fynlo.payments.ports import PaymentPorts

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.notifications.model import Letter
    from fynlo.platform.together import Together


class Endpoint(Protocol):
    """One account's way in: whoever knows its secret speaks for its merchant, and for nobody else.

    The merchant is never read from what is said.
    """

    merchant_id: MerchantId
    provider: str

    def read(self, payload: bytes, signature: str | None, now: datetime) -> Notice:
        """Verify the bytes as they came; raise a `DomainError` for what is not the provider's."""
        ...


Handler: TypeAlias = Callable[[PaymentPorts, MerchantId, Notice], Coroutine[None, None, Handled]]
Handlers: TypeAlias = Mapping[str, Handler]
"""By the provider's word for the type of event. What nobody handles is kept and acknowledged."""


@dataclass(frozen=True)
class Inbox:
    """Where the environment's account speaks to us, if it does, and who handles what it says."""

    endpoint: Endpoint | None
    handlers: Handlers
    letterbox: Together[Letter] | None = None
