"""All writing SQL of what ages: counted, or removed in small bites that wait for nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from fynlo.platform.database import Tx

BATCH_MAX: Final = 500

_ENDED: Final = "from sessions where merchant_id = $1 and least(revoked_at, expires_at) <= $2"
_RAN_OUT: Final = "from refresh_tokens where merchant_id = $1 and expires_at <= $2"
_HANDLED: Final = (
    "from notifications where merchant_id = $1 and state = 'processed' and processed_at <= $2"
)
_TOLD: Final = """
    from events e where merchant_id = $1 and at <= $2 and sequence <= (
      select published_sequence from event_streams s where s.merchant_id = e.merchant_id)
"""
# The kinds stand here as they stand in the index: `tests/retention` holds them to the model.
_ANSWERED: Final = """
    from commands where merchant_id = $1 and created_at <= $2 and state = 'finished'
      and kind in ('import_products', 'orders.add_lines', 'orders.cancel', 'orders.split',
        'orders.merge', 'till.orders.put', 'approvals.approve', 'approvals.reject')
      and answer <> ''
"""
_COUNT: Final = {
    "sessions": f"select (select count(*) {_ENDED}) + (select count(*) {_RAN_OUT})",
    "notifications": f"select count(*) {_HANDLED}",
    "events": f"select count(*) {_TOLD}",
    "answers": f"select count(*) {_ANSWERED}",
}
_REMOVE: Final = {
    # A session goes with its tokens; both keys are checked when the statement ends.
    "sessions": f"""
        with old as (
          select id {_ENDED} order by id limit $3 for update skip locked
        ), keys as (
          delete from refresh_tokens t using old
          where t.merchant_id = $1 and t.session_id = old.id returning 1
        ), gone as (
          delete from sessions s using old
          where s.merchant_id = $1 and s.id = old.id returning 1
        ), late as (
          select token_hash {_RAN_OUT} and session_id not in (select id from old)
          order by token_hash limit $3 for update skip locked
        ), ran_out as (
          delete from refresh_tokens t using late
          where t.merchant_id = $1 and t.token_hash = late.token_hash returning 1
        )
        select (select count(*) from gone) + (select count(*) from keys)
          + (select count(*) from ran_out)
    """,  # noqa: S608 - our own constants
    "notifications": f"""
        with gone as (
          delete from notifications where merchant_id = $1 and id in (
            select id {_HANDLED} order by id limit $3 for update skip locked)
          returning 1
        )
        select count(*) from gone
    """,  # noqa: S608 - our own constants
    # From the first one on and without a gap; the relay has the stream, or we have.
    "events": """
        with stream as (
          select published_sequence from event_streams
          where merchant_id = $1 for no key update skip locked
        ), first as (
          select sequence, at from events where merchant_id = $1 order by sequence limit $3
        ), bound as (
          select least(
            (select published_sequence from stream),
            coalesce(min(sequence) filter (where at > $2) - 1, max(sequence))) as sequence
          from first where exists (select from stream)
        ), gone as (
          delete from events e using bound
          where e.merchant_id = $1 and e.sequence <= bound.sequence returning e.sequence
        ), noted as (
          update event_streams set forgotten_sequence = (select max(sequence) from gone)
          where merchant_id = $1 and exists (select from gone)
        )
        select count(*) from gone
    """,
    "answers": f"""
        with gone as (
          update commands set answer = '' where merchant_id = $1 and id in (
            select id {_ANSWERED} order by created_at limit $3 for update skip locked)
          returning 1
        )
        select count(*) from gone
    """,  # noqa: S608 - our own constants
}
CLASSES: Final = frozenset(_REMOVE)
assert set(_COUNT) == CLASSES


async def count(tx: Tx, name: str, moment: datetime) -> int:
    """Count the rows of a class that a sweep would touch now."""
    found: int = await tx.fetchval(_COUNT[name], *(tx.merchant_id, moment))
    return found


async def remove(tx: Tx, name: str, moment: datetime) -> int:
    """Remove some rows of a class; return how many, 0 once none is left that nobody holds."""
    gone: int = await tx.fetchval(_REMOVE[name], *(tx.merchant_id, moment, BATCH_MAX))
    return gone


async def rules(tx: Tx) -> dict[str, int]:
    """Read for how many days the shop itself keeps what."""
    rows = await tx.fetch(
        "select class, days from retention_rules where merchant_id = $1", tx.merchant_id
    )
    return {row["class"]: row["days"] for row in rows}


def keep_for(tx: Tx, name: str, days: int, now: datetime) -> None:
    """Queue a shop's own rule for a class."""
    tx.write(
        """
        insert into retention_rules (merchant_id, class, days, updated_at) values ($1, $2, $3, $4)
        on conflict (merchant_id, class) do update set days = $3, updated_at = $4
        """,
        *(tx.merchant_id, name, days, now),
    )


async def begin(tx: Tx, day: date, now: datetime) -> bool:
    """Take a day's sweep; False when it was taken before."""
    taken = await tx.fetchval(
        """
        insert into retention_sweeps (merchant_id, day, started_at) values ($1, $2, $3)
        on conflict (merchant_id, day) do nothing returning true
        """,
        *(tx.merchant_id, day, now),
    )
    return bool(taken)


def finish(tx: Tx, day: date, removed: Mapping[str, int], now: datetime) -> None:
    """Queue what a day's sweep removed."""
    tx.write(
        """
        update retention_sweeps set finished_at = $3, removed = $4
        where merchant_id = $1 and day = $2
        """,
        *(tx.merchant_id, day, now, msgspec.json.encode(removed).decode()),
    )
