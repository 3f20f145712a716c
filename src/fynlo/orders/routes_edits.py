"""Changes of an order over HTTP: line by line, its table, its discount; and how it is shared."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK
from msgspec import UNSET, UnsetType

from fynlo.kernel.ids import LineId, OrderId
from fynlo.orders import queries
from fynlo.orders.add_lines import MoreLines, add_lines
from fynlo.orders.answers import OrderOut
from fynlo.orders.change_line import LineChange, change_line
from fynlo.orders.change_order import OrderChange, change_order
from fynlo.orders.wire import (
    Covers,
    DiscountIn,
    LineIn,
    Modifiers,
    Note,
    OverrideIn,
    Quantity,
    Table,
    chosen,
    discount,
    line_requests,
    other_price,
)
from fynlo.platform.body import Version, changes
from fynlo.platform.documented import SIGNED_IN, Keyed
from fynlo.platform.http import Given, command, respond
from fynlo.platform.ports import Ports
from fynlo.platform.problems import AnyRequest
from fynlo.staff import Caller, Permission, admit
from fynlo.staff.answers_approvals import StandsIn, brought

SHARES_MAX: Final = 100


class MoreLinesIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is ordered besides."""

    lines: Annotated[list[LineIn], msgspec.Meta(min_length=1, max_length=500)]
    approval: StandsIn | None = None
    approval_id: UUID | None = None


class LinePatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What changes of a line, for the version of it that the till has seen."""

    version: Version
    quantity: Quantity | UnsetType = UNSET
    note: Note | UnsetType | None = UNSET
    modifiers: Modifiers | UnsetType = UNSET
    discount: DiscountIn | UnsetType | None = UNSET
    price_override: OverrideIn | UnsetType | None = UNSET
    approval: StandsIn | UnsetType = UNSET
    approval_id: UUID | UnsetType = UNSET


class OrderPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What changes of an order, for the version that the till has seen; null takes it away."""

    version: Version
    table: Table | UnsetType | None = UNSET
    covers: Covers | UnsetType | None = UNSET
    discount: DiscountIn | UnsetType | None = UNSET
    approval: StandsIn | UnsetType = UNSET
    approval_id: UUID | UnsetType = UNSET


class SharesOut(msgspec.Struct, frozen=True):
    """What each of several guests pays, in minor units; all of it comes to what is due."""

    currency: str
    amount_due: int
    shares: list[int]


@post(
    "/orders/{order_id:uuid}/lines",
    status_code=HTTP_200_OK,
    responses=SIGNED_IN,
    operation_class=Keyed,
)
async def post_lines(
    request: AnyRequest,
    order_id: FromPath[UUID],
    data: JSONBody[MoreLinesIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[OrderOut]:
    """Add lines, whatever others do to the order meanwhile. Asking again adds nothing."""
    head = await command(
        request, caller.merchant_id, "orders.add_lines", device=caller.device, target_id=order_id
    )
    consent = brought(data.approval, data.approval_id)
    wish = MoreLines(OrderId(order_id), line_requests(data.lines), consent)
    return respond(await add_lines(ports, caller, head, wish))


@patch("/orders/{order_id:uuid}/lines/{line_id:uuid}", responses=SIGNED_IN)
async def patch_line(
    order_id: FromPath[UUID],
    line_id: FromPath[UUID],
    data: JSONBody[LinePatch],
    caller: Given[Caller],
    ports: Given[Ports],
) -> OrderOut:
    """Change one line; who changes another line is not in the way."""
    wish, version = changes(data)
    consent = brought(wish.pop("approval", None), wish.pop("approval_id", None))
    wish = _meant(data, wish)
    assert version is not None
    change = LineChange(LineId(line_id), version, wish, consent)
    return await change_line(ports, caller, OrderId(order_id), change)


@delete(
    "/orders/{order_id:uuid}/lines/{line_id:uuid}", status_code=HTTP_200_OK, responses=SIGNED_IN
)
async def delete_line(
    *,
    order_id: FromPath[UUID],
    line_id: FromPath[UUID],
    caller: Given[Caller],
    ports: Given[Ports],
    version: Annotated[Version, QueryParameter()],
    approval_id: FromQuery[UUID | None] = None,
) -> OrderOut:
    """Take a line off, if it is still as the till has seen it.

    What the kitchen has, or somebody paid towards, needs `orders.manage` or an approval.
    """
    change = LineChange(LineId(line_id), version, None, brought(None, approval_id))
    return await change_line(ports, caller, OrderId(order_id), change)


@patch("/orders/{order_id:uuid}", responses=SIGNED_IN)
async def patch_order(
    order_id: FromPath[UUID],
    data: JSONBody[OrderPatch],
    caller: Given[Caller],
    ports: Given[Ports],
) -> OrderOut:
    """Move an order to another table, count its guests, or take something off all of it."""
    wish, version = changes(data)
    consent = brought(wish.pop("approval", None), wish.pop("approval_id", None))
    wish = _meant(data, wish)
    assert version is not None
    change = OrderChange(OrderId(order_id), version, wish, consent)
    return await change_order(ports, caller, change)


def _meant(data: LinePatch | OrderPatch, wish: dict[str, Any]) -> dict[str, Any]:
    """Read what is taken off, and other prices, as the operations know them."""
    if "discount" in wish:
        wish["discount"] = discount(data.discount, "/discount")
    if isinstance(data, LinePatch) and "modifiers" in wish:
        wish["modifiers"] = chosen(data.modifiers)
    if isinstance(data, LinePatch) and "price_override" in wish:
        wish["price_override"] = other_price(data.price_override)
    return wish


@get("/orders/{order_id:uuid}/shares", responses=SIGNED_IN)
async def get_shares(
    order_id: FromPath[UUID],
    caller: Given[Caller],
    ports: Given[Ports],
    count: Annotated[int, QueryParameter(ge=1, le=SHARES_MAX)],
) -> SharesOut:
    """Split what is due into equal shares; spare units go to the first. Pay each on its own."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.ORDERS_READ, ports.clock.now())
        order, _ = await queries.with_contents(tx, OrderId(order_id))
    shares = order.outstanding.split([1] * count)
    return SharesOut(
        order.currency.code, order.outstanding.minor, [share.minor for share in shares]
    )


EDITS: Final = (post_lines, patch_line, delete_line, patch_order, get_shares)
