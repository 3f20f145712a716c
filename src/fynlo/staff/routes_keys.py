"""API keys over HTTP; no list and no log ever holds one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from fynlo.platform.body import Line, fields
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
from fynlo.staff import queries_access
from fynlo.staff.add_key import add_key
from fynlo.staff.admit import admit
from fynlo.staff.model import Caller, Permission
from fynlo.staff.ports import StaffPorts
from fynlo.staff.regenerate_key import regenerate_key
from fynlo.staff.revoke_key import revoke_key

Scopes = Annotated[list[Permission], msgspec.Meta(min_length=1, max_length=len(Permission))]


class KeyIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key to make."""

    name: Line
    scopes: Scopes
    expires_at: Moment | None = None
    id: UUID | None = None


class KeyOut(msgspec.Struct, frozen=True):
    """A key as it is listed: by its first characters."""

    id: UUID
    name: str
    prefix: str
    scopes: list[Permission]
    staff_id: UUID
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewKeyOut(KeyOut, frozen=True):
    """A key, and once the whole of it: a repeat under the same id does not tell it again."""

    key: str | None


class KeyList(msgspec.Struct, frozen=True):
    """A page of keys."""

    items: list[KeyOut]
    next: str | None = None


def _shown(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in KeyOut.__struct_fields__}


@get("/api-keys", responses=SIGNED_IN)
async def list_keys(
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
    limit: Limit = LIMIT_DEFAULT,
    after: FromQuery[str | None] = None,
) -> KeyList:
    """List the keys that were not revoked, oldest first; expired ones too."""
    place = decode_cursor(after, tuple[Moment, UUID])
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.KEYS_MANAGE, staff_ports.clock.now())
        rows = await queries_access.keys(tx, place, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return KeyList(
        items=[msgspec.convert(_shown(row), KeyOut) for row in rows[:limit]],
        next=encode_cursor(last["created_at"], last["id"]) if last else None,
    )


@post("/api-keys", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def create_key(
    data: JSONBody[KeyIn], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> Response[NewKeyOut]:
    """Make a key. It is told once; the same `id` and content again does not tell it.

    It acts as itself, does what its scopes say and never more than its maker may at that moment,
    and ends when they leave. Send it as `X-API-Key`.
    """
    added, text = await add_key(staff_ports, caller, data.id, fields(data))
    shown = msgspec.convert({**_shown(added.thing), "key": text}, NewKeyOut)
    return made(shown, is_replay=added.is_replay)


@post("/api-keys/{key_id:uuid}/regenerate", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def new_key(
    key_id: FromPath[UUID], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> NewKeyOut:
    """Make another secret for a key; the old one ends at once. You answer for it from then on."""
    row, text = await regenerate_key(staff_ports, caller, key_id)
    return msgspec.convert({**_shown(row), "key": text}, NewKeyOut)


@delete("/api-keys/{key_id:uuid}", responses=SIGNED_IN)
async def delete_key(
    key_id: FromPath[UUID], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> None:
    """Revoke a key: it lets nobody in any more."""
    await revoke_key(staff_ports, caller, key_id)


HANDLERS: Final = (list_keys, create_key, new_key, delete_key)
