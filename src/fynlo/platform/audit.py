"""The audit trail: who did what, to what, from where, and what it was before and after.

An entry is written in the commit of what it tells of, and exists only with it. Then it is chained
(`platform.chain`). It holds ids, states, amounts and settings, and never a secret: what is hidden
is told as changed, without what it was. What has a journal of its own is not told again: money,
drawers, the states of orders, the moves of the kitchen.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from fynlo.kernel.ids import uuid7
from fynlo.platform import telemetry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Tx

_NOT_TOLD: Final = frozenset({"id", "merchant_id", "version", "created_at", "updated_at"})
"""What each row has, and nobody decided."""

_turn: Final = count()
"""Lets the entries of one moment be listed in the order in which they were written."""

HIDDEN: Final = "[hidden]"
"""Stands for a secret, or for its hash, where only that it changed may be told."""


class Who(Protocol):
    """What is known of who asks: `fynlo.staff.Caller` is one."""

    @property
    def session_id(self) -> UUID:
        """The session, or the key."""

    @property
    def staff_id(self) -> UUID:
        """The person, or the key."""

    @property
    def device(self) -> str:
        """The device's id, if they signed in on one."""

    @property
    def is_key(self) -> bool:
        """Whether it is a program."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody did. Its `action` is a permanent public word, `thing.done`."""

    action: str
    target_kind: str
    target_id: UUID
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    reason: str | None = None
    location_id: UUID | None = None
    approved_by: UUID | None = None
    approval_id: UUID | None = None


def record(tx: Tx, now: datetime, who: Who | None, *acts: Act) -> None:
    """Queue entries, in this order; without `who` it was the system, or whoever runs it."""
    for act in acts:
        entry_id = uuid7(now, next(_turn))
        actor_id = None if who is None else who.staff_id
        tx.write(
            """
            insert into audit_entries (
              merchant_id, id, at, action, actor_id, target_kind, target_id, content
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            *(tx.merchant_id, entry_id, now, act.action, actor_id, act.target_kind),
            *(act.target_id, _content(entry_id, now, who, act)),
        )
        tx.write(
            "insert into audit_waiting (merchant_id, entry_id, due_at) values ($1, $2, $3)",
            *(tx.merchant_id, entry_id, now),
        )


def _content(entry_id: UUID, now: datetime, who: Who | None, act: Act) -> str:
    told: dict[str, Any] = {
        "id": entry_id,
        "at": now,
        "action": act.action,
        "actor": _actor(who),
        "session_id": None if who is None else who.session_id,
        "device": (who.device or None) if who is not None else None,
        "ip": telemetry.client_address(),
        "request_id": telemetry.request_id(),
        "target": {"kind": act.target_kind, "id": act.target_id},
        "location_id": act.location_id,
        "before": act.before,
        "after": act.after,
        "reason": act.reason,
        "approved_by": act.approved_by,
        "approval_id": act.approval_id,
    }
    # Text of people may hold what they should not have typed there.
    plain = msgspec.to_builtins(told, str_keys=True)
    return msgspec.json.encode(telemetry.scrub(plain), order="sorted").decode()


def _actor(who: Who | None) -> dict[str, object]:
    if who is None:
        return {"kind": "system", "id": None}
    return {"kind": "key" if who.is_key else "person", "id": who.staff_id}


def made(row: Mapping[str, Any], fields: Iterable[str]) -> dict[str, object]:
    """Tell what something is that was added."""
    return {name: row[name] for name in fields if name not in _NOT_TOLD}


def changed(
    was: Mapping[str, Any], after: Mapping[str, Any], *, hidden: frozenset[str] = frozenset()
) -> tuple[dict[str, object], dict[str, object]]:
    """Tell what differs between two versions of a row: what it was, and what it is.

    Of what is `hidden` only that it changed is told, and whether there is any.
    """
    old, new = dict(was), dict(after)
    names = [name for name in new if name not in _NOT_TOLD and old.get(name) != new[name]]
    return _shown(old, names, hidden), _shown(new, names, hidden)


def _shown(
    row: Mapping[str, Any], names: Iterable[str], hidden: frozenset[str]
) -> dict[str, object]:
    shown: dict[str, object] = {}
    for name in names:
        value = row.get(name)
        shown[name] = HIDDEN if name in hidden and value is not None else value
    return shown
