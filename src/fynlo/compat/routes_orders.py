"""The till's orders: its bodies in, its shapes out; the operations of ours decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from fynlo.compat.answers_orders import (
    TillOrderAnswer,
    TillOrdersAnswer,
    till_order,
    till_order_head,
    warnings,
)
from fynlo.compat.calls import has_key, identified, pointing_at
from fynlo.compat.periods import Period, begin_of
from fynlo.compat.told_orders import (
    TillOrderIn,
    figures,
    line_figures,
    lines_of,
    requests,
    table_of,
)
from fynlo.compat.words import STATES, Wished
from fynlo.drawers import queries as drawers
from fynlo.kernel.errors import IdReused, Invalid, NotFound
from fynlo.kernel.ids import OrderId
from fynlo.kernel.machine import IllegalTransition
from fynlo.orders import queries
from fynlo.orders.answers import OrderOut, order_out, shown
from fynlo.orders.cancel import CancelOrder, cancel
from fynlo.orders.change_lines import OtherLines, change_lines
from fynlo.orders.change_order import OrderChange, change_order
from fynlo.orders.create import CreateOrder, create
from fynlo.orders.model import State
from fynlo.orders.validate import validate
from fynlo.platform.body import body_hash
from fynlo.platform.commands import IdempotencyKeyReused
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import LIMIT_DEFAULT, Given, Limit, made
from fynlo.platform.ports import Ports
from fynlo.platform.problems import AnyRequest
from fynlo.staff import WHOEVER_ALLOWED, Caller, Permission, admit

if TYPE_CHECKING:
    from fynlo.compat.told_orders import Lines
    from fynlo.kernel.ids import RegisterId
    from fynlo.orders.lines import LineRequest

CANCELLED_AT_TILL: Final = "cancelled at the till"
REASON_LENGTH_MAX: Final = 500


class TillStatusIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the order is to become; the state table says whether it can."""

    status: Wished


@dataclass(frozen=True, slots=True)
class _Asked:
    """The lines of a body, read, and every figure in them is one."""

    lines: Lines
    wanted: tuple[LineRequest, ...]


def _read(data: TillOrderIn) -> _Asked | None:
    """Read the lines of a body; None where it has none."""
    figures(data)
    lines = lines_of(data)
    if lines is None:
        return None
    for index, line in enumerate(lines.told):
        line_figures(line, f"{lines.pointer}/{index}")
    return _Asked(lines, requests(lines))


def _answer(order: OrderOut, data: TillOrderIn, asked: _Asked | None) -> TillOrderAnswer:
    found = warnings(data, asked.lines if asked else None, order)
    return TillOrderAnswer(success=True, id=order.id, data=till_order(order), warnings=found)


def _plain(order: OrderOut) -> TillOrderAnswer:
    return TillOrderAnswer(success=True, id=order.id, data=till_order(order))


async def _register(ports: Ports, caller: Caller, session_id: UUID | None) -> RegisterId | None:
    """Find the register of a session, of this device, or of the session that somebody opened."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.ORDERS_CREATE, ports.clock.now())
        if session_id is not None:
            named = await drawers.session_of(tx, session_id)
            if named is None:
                raise NotFound(f"There is no session {session_id}.")
        elif actor.register_id is not None:
            return actor.register_id
        else:
            named = await drawers.open_session(tx, actor.staff_id, None)
    return None if named is None else named.session.register_id


@post("/till/orders", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def till_create_order(
    request: AnyRequest,
    data: JSONBody[TillOrderIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[TillOrderAnswer]:
    """Take an order from the till. The server prices it; `warnings` say what was told otherwise.

    The key of the till's queue, or an `id`, makes it safe to repeat.
    """
    register_id = await _register(ports, caller, data.session_id)
    asked = _read(data)
    if asked is None:
        raise Invalid.at("/items", "Give the lines, as `items` or as `lines`.")
    head = await identified(request, ports, caller, "till.orders.create")
    wish = CreateOrder(
        id=OrderId(data.id or head.id),
        location_id=None,
        register_id=register_id,
        table=table_of(data),
        covers=None,
        lines=asked.wanted,
        content_hash=body_hash(await request.body()),
    )
    try:
        with pointing_at("/lines", asked.lines.pointer):
            taken = await create(ports, caller, wish)
    except IdReused:
        if data.id is not None or not has_key(request):
            raise
        raise IdempotencyKeyReused("This key was used for another order.") from None
    return made(_answer(taken.thing, data, asked), is_replay=taken.is_replay)


@get("/till/orders/{order_id:uuid}", responses=SIGNED_IN)
async def till_get_order(
    order_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> TillOrderAnswer:
    """Show an order as the till reads it."""
    return _plain(await _look(ports, caller, order_id))


async def _look(
    ports: Ports,
    caller: Caller,
    order_id: UUID,
    permission: Permission = Permission.ORDERS_READ,
) -> OrderOut:
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, permission, ports.clock.now())
        return await shown(tx, OrderId(order_id))


async def _list(ports: Ports, caller: Caller, period: Period, limit: int) -> TillOrdersAnswer:
    async with ports.db.transaction(caller.merchant_id) as tx:
        now = ports.clock.now()
        actor = await admit(tx, caller, Permission.ORDERS_READ, now)
        since = await begin_of(tx, actor, period, now)
        found = await queries.orders(tx, queries.OrderFilter(since=since), limit)
    data = [till_order_head(order_out(*one)) for one in found]
    return TillOrdersAnswer(success=True, data=data)


@get("/till/orders", responses=SIGNED_IN)
async def till_list_orders(
    caller: Given[Caller],
    ports: Given[Ports],
    date_range: FromQuery[Period] = Period.ALL,
    limit: Limit = LIMIT_DEFAULT,
) -> TillOrdersAnswer:
    """List the latest orders of a time, newest first."""
    return await _list(ports, caller, date_range, limit)


@get("/orders/recent", responses=SIGNED_IN)
async def recent_orders(
    caller: Given[Caller], ports: Given[Ports], limit: Limit = LIMIT_DEFAULT
) -> TillOrdersAnswer:
    """List the latest orders, newest first."""
    return await _list(ports, caller, Period.ALL, limit)


@get("/orders/today", responses=SIGNED_IN)
async def orders_today(
    caller: Given[Caller], ports: Given[Ports], limit: Limit = LIMIT_DEFAULT
) -> TillOrdersAnswer:
    """List the orders of this business day, newest first."""
    return await _list(ports, caller, Period.TODAY, limit)


@put("/orders/{order_id:uuid}", responses=SIGNED_IN)
async def till_put_order(
    request: AnyRequest,
    order_id: FromPath[UUID],
    data: JSONBody[TillOrderIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> TillOrderAnswer:
    """Replace what is on an order, or move it to another table; what is left out stays.

    With `version`, only if nobody was faster. An order that is paid, or that money is under way
    for, stays as it is: 409.
    """
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.ORDERS_CREATE, ports.clock.now())
    asked = _read(data)
    table = table_of(data)
    if asked is not None:
        head = await identified(request, ports, caller, "till.orders.put", order_id)
        with pointing_at("/lines", asked.lines.pointer):
            wish = OtherLines(
                OrderId(order_id),
                data.version,
                asked.wanted,
                table=table,
                command=head,
                knows_no_ids=True,
                brought=WHOEVER_ALLOWED,
            )
            order = await change_lines(ports, caller, wish)
        return _answer(order, data, asked)
    order = await _look(ports, caller, order_id, Permission.ORDERS_CREATE)
    if table is not None:
        seen = data.version or order.version
        change = OrderChange(OrderId(order_id), seen, {"table": table})
        order = await change_order(ports, caller, change)
    return _answer(order, data, None)


@post("/orders/{order_id:uuid}/confirm", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def confirm_order(
    order_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> TillOrderAnswer:
    """Fix an order, so that it can be paid; one that is fixed already stays as it is."""
    return _plain(await _confirm(ports, caller, order_id))


async def _confirm(ports: Ports, caller: Caller, order_id: UUID) -> OrderOut:
    order = await _look(ports, caller, order_id, Permission.ORDERS_CREATE)
    if order.state in {State.DRAFT, State.CANCELED}:
        return await validate(ports, caller, OrderId(order_id))
    return order


@patch("/orders/{order_id:uuid}/status", responses=SIGNED_IN)
async def set_order_status(
    request: AnyRequest,
    order_id: FromPath[UUID],
    data: JSONBody[TillStatusIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> TillOrderAnswer:
    """Ask for a state: `confirmed` fixes the order, `cancelled` gives it up.

    Money and the kitchen make the other states; asking for one that is not there is refused: 409.
    """
    if data.status is Wished.CANCELLED:
        return await _cancel(request, ports, caller, order_id, CANCELLED_AT_TILL)
    if data.status is Wished.CONFIRMED:
        return _plain(await _confirm(ports, caller, order_id))
    order = await _look(ports, caller, order_id, Permission.ORDERS_CREATE)
    if STATES[order.state] != data.status:
        message = f"The order is {STATES[order.state]}; that makes nothing {data.status}."
        raise IllegalTransition(message, **{"from": order.state.value, "event": data.status.value})
    return _plain(order)


@post("/till/orders/{order_id:uuid}/cancel", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def till_cancel_order(
    request: AnyRequest,
    order_id: FromPath[UUID],
    caller: Given[Caller],
    ports: Given[Ports],
    reason: FromQuery[str | None] = None,
) -> TillOrderAnswer:
    """Give up an order that nobody has paid anything for."""
    if reason is not None and len(reason) > REASON_LENGTH_MAX:
        raise Invalid.at("/reason", f"It has {REASON_LENGTH_MAX} characters at most.")
    return await _cancel(request, ports, caller, order_id, reason or CANCELLED_AT_TILL)


async def _cancel(
    request: AnyRequest, ports: Ports, caller: Caller, order_id: UUID, reason: str
) -> TillOrderAnswer:
    head = await identified(request, ports, caller, "orders.cancel", order_id)
    wish = CancelOrder(OrderId(order_id), reason, WHOEVER_ALLOWED)
    answer = await cancel(ports, caller, head, wish)
    return _plain(msgspec.json.decode(answer.body, type=OrderOut))


HANDLERS: Final = (
    *(till_create_order, till_get_order, till_list_orders, recent_orders, orders_today),
    *(till_put_order, confirm_order, set_order_status, till_cancel_order),
)
