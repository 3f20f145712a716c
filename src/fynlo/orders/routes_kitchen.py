"""The kitchen over HTTP: stations, tickets, and the moves of whole orders."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import OrderId, TicketId
from fynlo.orders import queries_kitchen
from fynlo.orders.add_station import add_station
from fynlo.orders.answers import OrderOut
from fynlo.orders.answers_kitchen import StationOut, TicketOut, station_out, ticket_out
from fynlo.orders.change_station import change_station
from fynlo.orders.invoice import invoice
from fynlo.orders.kitchen import PRIORITY_MAX, TicketEvent, TicketState
from fynlo.orders.model import KitchenEvent
from fynlo.orders.move_order import move_order
from fynlo.orders.move_ticket import move_ticket
from fynlo.orders.prioritize import prioritize
from fynlo.orders.send import send
from fynlo.platform.body import Line, Version, changes, fields
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import (
    LIMIT_DEFAULT,
    Given,
    Limit,
    Moment,
    decode_cursor,
    encode_cursor,
    made,
)
from fynlo.platform.ports import Ports
from fynlo.staff import Caller, Permission, admit

Categories = Annotated[list[UUID], msgspec.Meta(max_length=500)]
Whole = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Priority = Annotated[int, msgspec.Meta(ge=0, le=PRIORITY_MAX)]


class StationIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A station to set up, and the parts of the menu that it prepares."""

    location_id: UUID
    name: Line
    category_ids: Categories
    id: UUID | None = None


class StationPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; it stays at its location. With `version`, only if nobody was faster."""

    version: Version | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    category_ids: Categories | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class StationList(msgspec.Struct, frozen=True):
    """All stations: there are few."""

    items: list[StationOut]
    next: str | None = None


class TicketPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another place in the queue. With `version`, only if nobody was faster."""

    priority: Priority
    version: Version | UnsetType = UNSET


class TicketList(msgspec.Struct, frozen=True):
    """A page of tickets as the kitchen takes them; histories are in the single ticket."""

    items: list[TicketOut]
    next: str | None


@post("/orders/{order_id:uuid}/send", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def send_order(
    order_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> OrderOut:
    """Send the kitchen what it does not know yet; with nothing new, nothing happens."""
    return await send(ports, caller, OrderId(order_id))


@post("/orders/{order_id:uuid}/prepare", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def prepare_order(
    order_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> OrderOut:
    """Begin with all tickets of an order."""
    return await move_order(ports, caller, OrderId(order_id), KitchenEvent.PREPARE)


@post("/orders/{order_id:uuid}/ready", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def finish_order(
    order_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> OrderOut:
    """Tell that all tickets of an order are ready."""
    return await move_order(ports, caller, OrderId(order_id), KitchenEvent.FINISH)


@post("/orders/{order_id:uuid}/serve", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def serve_order(
    order_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> OrderOut:
    """Serve an order that is ready; one that is paid is done then."""
    return await move_order(ports, caller, OrderId(order_id), KitchenEvent.SERVE)


@post("/orders/{order_id:uuid}/complete", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def complete_order(
    order_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> OrderOut:
    """Hand a paid order out for good; what was not ready yet is marked so on the way."""
    return await move_order(ports, caller, OrderId(order_id), KitchenEvent.COMPLETE)


@post("/orders/{order_id:uuid}/invoice", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def invoice_order(
    order_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> OrderOut:
    """Mark an order that is done as invoiced, which ends it."""
    return await invoice(ports, caller, OrderId(order_id))


OF_ORDERS: Final = (
    *(send_order, prepare_order, finish_order, serve_order, complete_order, invoice_order),
)


@get("/kitchen/tickets", responses=SIGNED_IN)
async def list_tickets(
    *,
    caller: Given[Caller],
    ports: Given[Ports],
    location_id: FromQuery[UUID | None] = None,
    station_id: FromQuery[UUID | None] = None,
    in_state: Annotated[TicketState | None, QueryParameter(name="state")] = None,
    limit: Limit = LIMIT_DEFAULT,
    after: FromQuery[str | None] = None,
) -> TicketList:
    """List tickets by priority, oldest first; without a `state`, what is not served or canceled."""
    wanted = queries_kitchen.TicketFilter(
        location_id=location_id,
        station_id=station_id,
        state=in_state,
        after=decode_cursor(after, tuple[Priority, Moment, Whole, UUID]),
    )
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.ORDERS_READ, ports.clock.now())
        found = await queries_kitchen.tickets(tx, actor, wanted, limit + 1)
    page = found[:limit]
    last = page[-1] if len(found) > limit else None
    return TicketList(
        items=[ticket_out(one, ()) for one in page],
        next=encode_cursor(last.priority, last.sent_at, last.number, last.id) if last else None,
    )


@get("/kitchen/tickets/{ticket_id:uuid}", responses=SIGNED_IN)
async def get_ticket(
    ticket_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> TicketOut:
    """Show a ticket with what happened to it."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.ORDERS_READ, ports.clock.now())
        ticket = await queries_kitchen.ticket(tx, TicketId(ticket_id))
        actor.must_work_at(ticket.location_id)
        return ticket_out(ticket, await queries_kitchen.ticket_history(tx, ticket.id))


@patch("/kitchen/tickets/{ticket_id:uuid}", responses=SIGNED_IN)
async def patch_ticket(
    ticket_id: FromPath[UUID],
    data: JSONBody[TicketPatch],
    caller: Given[Caller],
    ports: Given[Ports],
) -> TicketOut:
    """Give a ticket another place in the queue: the higher priority comes first."""
    wish, version = changes(data)
    return await prioritize(ports, caller, TicketId(ticket_id), wish["priority"], version)


@post("/kitchen/tickets/{ticket_id:uuid}/start", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def start_ticket(
    ticket_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> TicketOut:
    """Begin with a ticket."""
    return await move_ticket(ports, caller, TicketId(ticket_id), TicketEvent.START)


@post("/kitchen/tickets/{ticket_id:uuid}/bump", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def bump_ticket(
    ticket_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> TicketOut:
    """Tell that a ticket is ready."""
    return await move_ticket(ports, caller, TicketId(ticket_id), TicketEvent.BUMP)


@post("/kitchen/tickets/{ticket_id:uuid}/recall", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def recall_ticket(
    ticket_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> TicketOut:
    """Take a ticket back that was bumped too early."""
    return await move_ticket(ports, caller, TicketId(ticket_id), TicketEvent.RECALL)


@post("/kitchen/tickets/{ticket_id:uuid}/serve", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def serve_ticket(
    ticket_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> TicketOut:
    """Tell that a ticket was served; a paid order of which all was served is done."""
    return await move_ticket(ports, caller, TicketId(ticket_id), TicketEvent.SERVE)


def _kept(wish: dict[str, Any]) -> dict[str, Any]:
    """Return a wish as its row keeps it: each category once."""
    if "category_ids" in wish:
        return {**wish, "category_ids": sorted(set(wish["category_ids"]))}
    return wish


@get("/stations", responses=SIGNED_IN)
async def list_stations(
    caller: Given[Caller],
    ports: Given[Ports],
    location_id: FromQuery[UUID | None] = None,
) -> StationList:
    """List the kitchens' stations."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, ports.clock.now())
        rows = await queries_kitchen.stations(tx, location_id=location_id)
    return StationList([station_out(row) for row in rows])


@get("/stations/{station_id:uuid}", responses=SIGNED_IN)
async def get_station(
    station_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> StationOut:
    """Show one station."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, ports.clock.now())
        rows = await queries_kitchen.stations(tx, station_id)
    if not rows:
        raise NotFound(f"There is no station {station_id}.")
    return station_out(rows[0])


@post("/stations", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def create_station(
    data: JSONBody[StationIn], caller: Given[Caller], ports: Given[Ports]
) -> Response[StationOut]:
    """Set up a station; the same `id` and content again is harmless."""
    added = await add_station(ports, caller, data.id, _kept(fields(data)))
    return made(station_out(added.thing), is_replay=added.is_replay)


@patch("/stations/{station_id:uuid}", responses=SIGNED_IN)
async def patch_station(
    station_id: FromPath[UUID],
    data: JSONBody[StationPatch],
    caller: Given[Caller],
    ports: Given[Ports],
) -> StationOut:
    """Change the fields given. What was sent stays where it went."""
    wish, version = changes(data)
    return station_out(await change_station(ports, caller, station_id, _kept(wish), version))


router = Router(
    "/",
    route_handlers=[
        *(list_tickets, get_ticket, patch_ticket),
        *(start_ticket, bump_ticket, recall_ticket, serve_ticket),
        *(list_stations, get_station, create_station, patch_station),
    ],
    tags=["Kitchen"],
)
