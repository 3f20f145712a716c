"""What the provider believes: JSON documents in SQLite, durable before anything is answered.

One request is one transaction: its effects, its events, and what its idempotency key remembers.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Document: TypeAlias = dict[str, Any]

_SCHEMA: Final = """
    create table if not exists objects (
      seq integer primary key autoincrement,
      account text not null, kind text not null, id text not null, created integer not null,
      body text not null, previous text, unique (account, kind, id)
    );
    create index if not exists objects_by_kind on objects (account, kind, seq);
    create table if not exists keys (
      account text not null, key text not null, fingerprint text not null,
      status integer not null, body text not null, at real not null,
      primary key (account, key)
    );
    create table if not exists deliveries (
      seq integer primary key autoincrement,
      account text not null, event text not null, attempt integer not null, due real not null
    );
    create table if not exists bookings (
      seq integer primary key autoincrement,
      account text not null, charge text not null, due real not null
    );
    create table if not exists settings (name text primary key, value text not null);
"""

_OF_ALL: Final = "select account, body from objects where kind = :kind order by seq desc"
_OF_ONE: Final = """
    select account, body from objects
    where account = :account and kind = :kind and (:after is null or seq < (
      select seq from objects where account = :account and kind = :kind and id = :after
    ))
    order by seq desc
"""


class StateError(Exception):
    """The file cannot be used; the message says why and is for whoever named it."""


class Store:
    """A file, or memory when there is none. Used from one event loop only, in short steps.

    The file is this store's alone for as long as it is open, and free when the process dies.
    """

    def __init__(self, path: Path | None) -> None:
        self._db = _open(path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside durable together, or nothing of it."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def put(self, account: str, kind: str, document: Document) -> None:
        """Keep a document under its id, new or changed."""
        self._db.execute(
            """
            insert into objects (account, kind, id, created, body) values (?, ?, ?, ?, ?)
            on conflict (account, kind, id) do update set previous = body, body = excluded.body
            """,
            (account, kind, document["id"], document["created"], json.dumps(document)),
        )

    def get(self, account: str, kind: str, object_id: str) -> Document | None:
        """Read one document."""
        row = self._db.execute(
            "select body from objects where account = ? and kind = ? and id = ?",
            (account, kind, object_id),
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def previous(self, account: str, object_id: str) -> Document | None:
        """Read a document as it was before its last change."""
        row = self._db.execute(
            "select previous from objects where account = ? and id = ?", (account, object_id)
        ).fetchone()
        return None if row is None or row[0] is None else json.loads(row[0])

    def newest(
        self, account: str | None, kind: str, after: str | None = None
    ) -> Iterator[tuple[str, Document]]:
        """Read the documents of a kind, newest first, each with its account.

        With `after`, for one account, only those that are older than this one. Nothing is read
        that nobody asks for: a day has thousands, and a page a hundred.
        """
        rows = self._db.execute(
            _OF_ALL if account is None else _OF_ONE,
            {"account": account, "kind": kind, "after": after},
        )
        return ((row[0], json.loads(row[1])) for row in rows)

    def find(self, kind: str, object_id: str) -> tuple[str, Document] | None:
        """Read a document of whatever account, and whose it is."""
        row = self._db.execute(
            "select account, body from objects where kind = ? and id = ?", (kind, object_id)
        ).fetchone()
        return None if row is None else (row[0], json.loads(row[1]))

    def remembered(self, account: str, key: str) -> tuple[str, int, str, float] | None:
        """Read what a key remembers: fingerprint, status, body, and when."""
        found: tuple[str, int, str, float] | None = self._db.execute(
            "select fingerprint, status, body, at from keys where account = ? and key = ?",
            (account, key),
        ).fetchone()
        return found

    def remember(
        self, account: str, key: str, fingerprint: str, *, status: int, body: str, at: float
    ) -> None:
        """Let a key remember an answer."""
        self._db.execute(
            "insert or replace into keys values (?, ?, ?, ?, ?, ?)",
            (account, key, fingerprint, status, body, at),
        )

    def setting(self, name: str, default: Any) -> Any:
        """Read a setting of the sandbox itself."""
        row = self._db.execute("select value from settings where name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row[0])

    def set(self, name: str, value: Any) -> None:
        """Keep a setting of the sandbox itself."""
        self._db.execute("insert or replace into settings values (?, ?)", (name, json.dumps(value)))

    def queue(self, account: str, event_id: str, due: float, attempt: int = 0) -> None:
        """Queue the delivery of an event."""
        self._db.execute(
            "insert into deliveries (account, event, attempt, due) values (?, ?, ?, ?)",
            (account, event_id, attempt, due),
        )

    def deliveries(self, now: float | None) -> list[tuple[int, str, str, int]]:
        """List the deliveries that are due (all, without `now`): seq, account, event, try."""
        rows: list[tuple[int, str, str, int]] = self._db.execute(
            """
            select seq, account, event, attempt from deliveries
            where ? is null or due <= ? order by seq limit 100
            """,
            (now, now),
        ).fetchall()
        return rows

    def delivered(self, seq: int) -> None:
        """Take a delivery off the queue."""
        self._db.execute("delete from deliveries where seq = ?", (seq,))

    def postpone(self, seq: int, due: float) -> None:
        """Try a delivery again later."""
        self._db.execute(
            "update deliveries set attempt = attempt + 1, due = ? where seq = ?", (due, seq)
        )

    def book_later(self, account: str, charge_id: str, due: float) -> None:
        """Leave a charge to be booked."""
        self._db.execute(
            "insert into bookings (account, charge, due) values (?, ?, ?)",
            (account, charge_id, due),
        )

    def bookings(self, now: float) -> list[tuple[int, str, str]]:
        """List the bookings that are due: seq, account, charge."""
        rows: list[tuple[int, str, str]] = self._db.execute(
            "select seq, account, charge from bookings where due <= ? order by seq", (now,)
        ).fetchall()
        return rows

    def booked(self, seq: int) -> None:
        """Take a booking off the queue."""
        self._db.execute("delete from bookings where seq = ?", (seq,))


def _open(path: Path | None) -> sqlite3.Connection:
    try:
        db = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=0)
        try:
            _take(db)
        except BaseException:
            db.close()
            raise
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise StateError(f"The state file {path} is in use by another sandbox.") from None
        raise StateError(f"The state file {path} cannot be used: {error}.") from None
    return db


def _take(db: sqlite3.Connection) -> None:
    """Lock the file until the process ends, and make what is missing in it."""
    db.execute("pragma locking_mode = exclusive")
    tables = {row[0] for row in db.execute("select name from sqlite_master")}
    if tables and "deliveries" not in tables:
        raise sqlite3.DatabaseError("it is the database of something else")
    db.executescript("pragma journal_mode = wal; pragma synchronous = full;" + _SCHEMA)
    db.executescript("begin immediate; commit;")  # Takes the lock, if nothing did.
