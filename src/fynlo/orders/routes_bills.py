"""Bills over HTTP: an order is split, and several come together."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from fynlo.kernel.ids import LineId, OrderId
from fynlo.orders.answers import OrderOut, SplitOut
from fynlo.orders.lines import LINES_MAX, quantity_milli
from fynlo.orders.merge import Merge, merge
from fynlo.orders.split import Split, split
from fynlo.orders.wire import Covers, Quantity, Table
from fynlo.platform.body import Version
from fynlo.platform.documented import SIGNED_IN, Keyed
from fynlo.platform.http import Given, command, respond
from fynlo.platform.ports import Ports
from fynlo.platform.problems import AnyRequest
from fynlo.staff import Caller


class TakenIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a line goes to the new order."""

    line_id: UUID
    quantity: Quantity


class SplitIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a new order is made of; without a `table` it is at the same one."""

    version: Version
    lines: Annotated[list[TakenIn], msgspec.Meta(min_length=1, max_length=LINES_MAX)]
    table: Table | UnsetType | None = UNSET
    covers: Covers | None = None


class OtherIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order that comes, as the till has seen it."""

    order_id: UUID
    version: Version


class MergeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which orders come to this one."""

    version: Version
    from_: Annotated[list[OtherIn], msgspec.Meta(min_length=1, max_length=50)] = msgspec.field(
        name="from"
    )


@post(
    "/orders/{order_id:uuid}/split",
    status_code=HTTP_201_CREATED,
    responses=SIGNED_IN,
    operation_class=Keyed,
)
async def split_order(
    request: AnyRequest,
    order_id: FromPath[UUID],
    data: JSONBody[SplitIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[SplitOut]:
    """Make a new order of some lines, or of parts of them, to be paid by itself."""
    head = await command(
        request, caller.merchant_id, "orders.split", device=caller.device, target_id=order_id
    )
    lines = tuple(
        (LineId(one.line_id), quantity_milli(one.quantity, f"/lines/{index}/quantity"))
        for index, one in enumerate(data.lines)
    )
    wish = Split(data.version, lines, data.table, data.covers)
    return respond(await split(ports, caller, head, OrderId(order_id), wish))


@post(
    "/orders/{order_id:uuid}/merge",
    status_code=HTTP_200_OK,
    responses=SIGNED_IN,
    operation_class=Keyed,
)
async def merge_orders(
    request: AnyRequest,
    order_id: FromPath[UUID],
    data: JSONBody[MergeIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[OrderOut]:
    """Put all that is on other orders on this one, and end the others."""
    head = await command(
        request, caller.merchant_id, "orders.merge", device=caller.device, target_id=order_id
    )
    others = tuple((OrderId(one.order_id), one.version) for one in data.from_)
    wish = Merge(data.version, others)
    return respond(await merge(ports, caller, head, OrderId(order_id), wish))


BILLS: Final = (split_order, merge_orders)
