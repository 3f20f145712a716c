"""What a scene is made of: calls to record, and things that happen between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from fynlo.kernel.ids import derive
from fynlo.seed import DEMO
from tests.support.provider import WEBHOOK_SECRET

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from tools.examples.stage import Stage


def named(name: str) -> UUID:
    """Name something of the demo shop: the same name has the same id in every installation."""
    return derive(DEMO, name)


def product(name: str) -> str:
    """Return the id of something on the demo shop's menu."""
    return str(named(f"product:{name}"))


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call to record: who sends what where, and the status of its answer.

    `to` and `body` may be functions of what was said so far, by title. A call that needs a key has
    one that is named like its `key`, or else like its `title`: what it makes has the id
    `named(title)`. One that is signed is signed with `secret`, so many seconds before. `headers`
    may be a function like `body`. `denied` is somebody who may not do it. What is not `shown` only
    leads up to something else.
    """

    to: Any
    title: str
    body: Any = None
    status: int = 200
    by: str | None = "cashier"
    headers: Any = None
    denied: str | None = None
    key: str | None = None
    raw_key: str | None = None
    secret: str = WEBHOOK_SECRET
    signed_before: int = 0
    shown: bool = True

    @property
    def method(self) -> str:
        """The verb."""
        return str(self.to).partition(" ")[0]

    @property
    def url(self) -> str:
        """The path with its query, as it is sent."""
        path = str(self.to).partition(" ")[2]
        return path if path in {"/health", "/ready"} else f"/api/v1{path}"

    @property
    def idempotency_key(self) -> str:
        """The key, if the call needs one."""
        return str(named(self.key or self.title)) if self.raw_key is None else self.raw_key


Step: TypeAlias = "Call | Callable[[Stage], Awaitable[None]]"
"""A call, or a function that does something to the stage."""
