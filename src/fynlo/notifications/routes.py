"""Where providers call. Public: a signature over the raw bytes says who it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, Router, post
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)
from litestar.status_codes import HTTP_200_OK

from fynlo.notifications.ports import Inbox
from fynlo.notifications.receive import receive
from fynlo.platform.clock import Clock
from fynlo.platform.documented import PUBLIC
from fynlo.platform.http import Given


class ReceivedOut(msgspec.Struct, frozen=True):
    """It is stored; what follows from it happens behind this answer."""

    received: bool


@dataclass
class Signed(Operation):
    """A call whose body is read as it came, and whose header signs it."""

    def __post_init__(self) -> None:
        """Describe the header and the body, which the handler reads by itself."""
        signature = Parameter(
            name="Stripe-Signature",
            param_in="header",
            required=True,
            description="`t=<seconds>,v1=<HMAC-SHA256 of t, a dot and the body>`.",
            schema=Schema(type=OpenAPIType.STRING),
            example=f"t=1772625600,v1={'5257a869' * 8}",
        )
        self.parameters = [*(self.parameters or ()), signature]
        event = OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT))
        self.request_body = RequestBody(content={"application/json": event}, required=True)


@post(
    "/webhooks/stripe",
    status_code=HTTP_200_OK,
    responses=PUBLIC,
    security=[{}],
    is_public=True,
    operation_class=Signed,
)
async def stripe(
    request: Request[Any, Any, Any], inbox: Given[Inbox], clock: Given[Clock]
) -> ReceivedOut:
    """Take what Stripe says of the environment's account. The same event again changes nothing."""
    payload = await request.body()
    await receive(clock, inbox, payload, request.headers.get("Stripe-Signature"))
    return ReceivedOut(received=True)


router = Router("", route_handlers=[stripe], tags=["Notifications"])
