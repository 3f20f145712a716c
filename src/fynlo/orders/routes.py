"""Orders over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import LocationId, OrderId, RegisterId
from fynlo.orders import queries
from fynlo.orders.answers import OrderOut, order_out, shown
from fynlo.orders.cancel import CancelOrder, cancel
from fynlo.orders.change_lines import OtherLines, change_lines
from fynlo.orders.create import CreateOrder, create
from fynlo.orders.model import State
from fynlo.orders.routes_bills import BILLS
from fynlo.orders.routes_edits import EDITS
from fynlo.orders.routes_kitchen import OF_ORDERS
from fynlo.orders.validate import validate
from fynlo.orders.wire import Covers, DiscountIn, Lines, Note, Table, discount, line_requests
from fynlo.platform.body import body_hash
from fynlo.platform.documented import SIGNED_IN, Keyed
from fynlo.platform.http import (
    LIMIT_DEFAULT,
    Given,
    Limit,
    Moment,
    Since,
    Until,
    command,
    decode_cursor,
    encode_cursor,
    made,
    moment,
    respond,
)
from fynlo.platform.ports import Ports
from fynlo.platform.problems import AnyRequest
from fynlo.staff import Caller, Permission, admit
from fynlo.staff.answers_approvals import StandsIn, brought

Number = Annotated[int | None, QueryParameter(ge=1, le=2**53)]


class OrderIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is ordered, and where; prices are the server's."""

    lines: Lines
    id: UUID | None = None
    location_id: UUID | None = None
    register_id: UUID | None = None
    table: Table | None = None
    covers: Covers | None = None
    discount: DiscountIn | None = None


class LinesIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All lines anew, for the version that the till has seen."""

    version: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    lines: Lines
    approval: StandsIn | None = None
    approval_id: UUID | None = None


class CancelOrderIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is given up."""

    reason: Note
    approval: StandsIn | None = None
    approval_id: UUID | None = None


class OrderList(msgspec.Struct, frozen=True):
    """A page of orders, newest first; lines and history are in the single order."""

    items: list[OrderOut]
    next: str | None


@post("/orders", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def create_order(
    request: AnyRequest,
    data: JSONBody[OrderIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[OrderOut]:
    """Take an order. With an `id` of the till's own, asking again gives the same order."""
    wish = CreateOrder(
        id=OrderId(data.id) if data.id else None,
        location_id=LocationId(data.location_id) if data.location_id else None,
        register_id=RegisterId(data.register_id) if data.register_id else None,
        table=data.table,
        covers=data.covers,
        lines=line_requests(data.lines),
        content_hash=body_hash(await request.body()),
        discount=discount(data.discount, "/discount") or None,
    )
    taken = await create(ports, caller, wish)
    return made(taken.thing, is_replay=taken.is_replay)


@get("/orders/{order_id:uuid}", responses=SIGNED_IN)
async def get_order(
    order_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> OrderOut:
    """Show an order with its lines and its latest history."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.ORDERS_READ, ports.clock.now())
        return await shown(tx, OrderId(order_id))


@get("/orders", responses=SIGNED_IN)
async def list_orders(  # noqa: PLR0913 - one parameter for each filter
    *,
    caller: Given[Caller],
    ports: Given[Ports],
    in_state: Annotated[State | None, QueryParameter(name="state")] = None,
    location_id: FromQuery[UUID | None] = None,
    table: FromQuery[str | None] = None,
    business_day: FromQuery[date | None] = None,
    number: Number = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = LIMIT_DEFAULT,
    after: FromQuery[str | None] = None,
) -> OrderList:
    """List orders, newest first. A `number` is of a `business_day`."""
    if number is not None and business_day is None:
        raise Invalid.at("/number", "Say of which business day: numbers begin anew each day.")
    wanted = queries.OrderFilter(
        state=in_state,
        location_id=location_id,
        table=table,
        since=moment(since, "from"),
        until=moment(until, "to"),
        before=decode_cursor(after, tuple[Moment, UUID]),
        business_day=business_day,
        number=number,
    )
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.ORDERS_READ, ports.clock.now())
        found = await queries.orders(tx, wanted, limit + 1)
    page = found[:limit]
    more = len(found) > limit
    return OrderList(
        items=[order_out(*one) for one in page],
        next=encode_cursor(page[-1][0].created_at, page[-1][0].id) if more else None,
    )


@put("/orders/{order_id:uuid}/lines", responses=SIGNED_IN)
async def put_lines(
    order_id: FromPath[UUID],
    data: JSONBody[LinesIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> OrderOut:
    """Replace all lines, while it is not paid in full and no money is under way."""
    wish = OtherLines(
        OrderId(order_id),
        data.version,
        line_requests(data.lines),
        brought(data.approval, data.approval_id),
    )
    return await change_lines(ports, caller, wish)


@post("/orders/{order_id:uuid}/validate", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def validate_order(
    order_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> OrderOut:
    """Fix the order, so that it can be paid."""
    return await validate(ports, caller, OrderId(order_id))


@post(
    "/orders/{order_id:uuid}/cancel",
    status_code=HTTP_200_OK,
    responses=SIGNED_IN,
    operation_class=Keyed,
)
async def cancel_order(
    request: AnyRequest,
    order_id: FromPath[UUID],
    data: JSONBody[CancelOrderIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[OrderOut]:
    """Give up an order that nobody has paid anything for."""
    head = await command(
        request, caller.merchant_id, "orders.cancel", device=caller.device, target_id=order_id
    )
    consent = brought(data.approval, data.approval_id)
    wish = CancelOrder(OrderId(order_id), data.reason, consent)
    return respond(await cancel(ports, caller, head, wish))


router = Router(
    "/",
    route_handlers=[
        *(create_order, get_order, list_orders, put_lines, validate_order, cancel_order),
        *EDITS,
        *BILLS,
        *OF_ORDERS,
    ],
    tags=["Orders"],
)
