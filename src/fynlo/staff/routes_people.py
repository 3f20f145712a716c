"""The people who work here, over HTTP; no answer holds what they sign in with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from fynlo.kernel.errors import NotFound
from fynlo.platform.body import END, Line, Version, changes, fields
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import Given, made
from fynlo.platform.mail import ADDRESS
from fynlo.staff import queries
from fynlo.staff.add_person import add_person
from fynlo.staff.admit import admit
from fynlo.staff.answers import Password, Pin
from fynlo.staff.change_person import change_person
from fynlo.staff.model import Caller, Permission, Role
from fynlo.staff.ports import StaffPorts
from fynlo.staff.store import Person

Email = Annotated[
    str,
    msgspec.Meta(
        min_length=5,
        max_length=254,
        pattern=rf"^ *{ADDRESS} *{END}",
        examples=["cashier@shop.example"],
    ),
]
Places = Annotated[list[UUID], msgspec.Meta(max_length=1000)]


class PersonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to take on; an admin works at every location, others at those that are named."""

    name: Line
    email: Email
    role: Role
    password: Password
    pin: Pin | None = None
    location_ids: Places = []
    id: UUID | None = None


class PersonPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; `null` removes the PIN. With `version`, only if nobody was faster."""

    version: Version | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    pin: Pin | UnsetType | None = UNSET
    location_ids: Places | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class PersonOut(msgspec.Struct, frozen=True):
    """Somebody who works here, or did."""

    id: UUID
    name: str
    email: str
    role: str
    location_ids: list[UUID]
    active: bool
    version: int
    created_at: datetime


class PersonList(msgspec.Struct, frozen=True):
    """Everybody: they are few."""

    items: list[PersonOut]
    next: str | None = None


def _out(person: Person) -> PersonOut:
    return msgspec.convert(person, PersonOut, from_attributes=True)


@get("/staff", responses=SIGNED_IN)
async def list_staff(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> PersonList:
    """List everybody who works here or did; what one may do oneself is in `/auth/me`."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.STAFF_MANAGE, staff_ports.clock.now())
        found = await queries.people(tx)
    return PersonList([_out(one) for one in found])


@get("/staff/{staff_id:uuid}", responses=SIGNED_IN)
async def get_person(
    staff_id: FromPath[UUID],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> PersonOut:
    """Show one person."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.STAFF_MANAGE, staff_ports.clock.now())
        found = await queries.people(tx, staff_id)
    if not found:
        raise NotFound(f"There is no person {staff_id}.")
    return _out(found[0])


@post("/staff", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def create_person(
    data: JSONBody[PersonIn],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> Response[PersonOut]:
    """Take somebody on; the same `id` and content again is harmless."""
    added = await add_person(staff_ports, caller, data.id, fields(data))
    return made(_out(added.thing), is_replay=added.is_replay)


@patch("/staff/{staff_id:uuid}", responses=SIGNED_IN)
async def patch_person(
    staff_id: FromPath[UUID],
    data: JSONBody[PersonPatch],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> PersonOut:
    """Change the fields given. A new password, or `active` false, signs the person out at once."""
    wish, version = changes(data)
    return _out(await change_person(staff_ports, caller, staff_id, wish, version))


HANDLERS: Final = (list_staff, get_person, create_person, patch_person)
