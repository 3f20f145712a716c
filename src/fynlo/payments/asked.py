"""What every action on an exception is told, and what it leaves to do after the commit."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.orders import Order
    from fynlo.payments.model.exceptions import QueuedException, Wish
    from fynlo.staff import Actor

Work: TypeAlias = Callable[[], Coroutine[Any, Any, object]]
"""What goes on after the commit, with no transaction open: asking the provider."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants what done about which exception; it is locked, and its order too if it has one."""

    exception: QueuedException
    wish: Wish
    actor: Actor
    order: Order | None
    now: datetime

    @property
    def entry(self) -> dict[str, object]:
        """The line of the exception's history that this becomes."""
        return self.wish.entry(self.actor.staff_id, self.now)
