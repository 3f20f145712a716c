"""What the routes of the till have in common: whose shop it says it is, its keys, its pages."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fynlo.kernel.errors import Forbidden, Invalid
from fynlo.kernel.ids import CommandId, uuid7
from fynlo.platform.body import body_hash
from fynlo.platform.commands import Command
from fynlo.platform.http import command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler

    from fynlo.platform.ports import Ports
    from fynlo.platform.problems import AnyRequest
    from fynlo.staff import Caller


async def restaurant_is_theirs(
    connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler
) -> None:
    """Refuse a call that says it is of another shop than its token: a queue of somebody else's."""
    told = connection.headers.get("X-Restaurant-Id")
    caller: Caller | None = getattr(connection.state, "caller", None)
    if told and caller is not None and told.lower() != str(caller.merchant_id):
        raise Forbidden("X-Restaurant-Id names another shop than the token.")


async def identified(
    request: AnyRequest, ports: Ports, caller: Caller, kind: str, target_id: UUID | None = None
) -> Command:
    """Identify a call by its key; one without a key, which need not have any, by a new id.

    What is sent so a second time happens once by the state table where there is one to say so (a
    session, a change for a version, a cancellation); an order is taken once more, because nobody
    can tell a repeat from a second round. A till that repeats sends its key.
    """
    if has_key(request):
        return await command(
            request, caller.merchant_id, kind, device=caller.device, target_id=target_id
        )
    minted = CommandId(uuid7(ports.clock.now()))
    return Command(minted, kind, target_id, body_hash(await request.body()))


def has_key(request: AnyRequest) -> bool:
    """Whether the call carries a key, under either name."""
    return bool(request.headers.get("Idempotency-Key") or request.headers.get("X-Idempotency-Key"))


@contextmanager
def pointing_at(ours: str, theirs: str) -> Iterator[None]:
    """Let what is refused as malformed point into the till's own body."""
    try:
        yield
    except Invalid as error:
        known = error.facts.get("errors", [])
        assert isinstance(known, list)
        for one in known:
            one["pointer"] = one["pointer"].replace(ours, theirs, 1)
        raise
