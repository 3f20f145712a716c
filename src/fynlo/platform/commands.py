"""The one mechanism that recognises a repeat: a command's id, who sent it, and what it said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar
from uuid import UUID, uuid5

from fynlo.kernel.errors import DomainError, Kind, Retry
from fynlo.kernel.ids import CommandId, MerchantId

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import StaffId
    from fynlo.platform.database import Tx

T = TypeVar("T")

KEY_LENGTH_MIN: Final = 16
KEY_LENGTH_MAX: Final = 255


class IdempotencyKeyRequired(DomainError):
    """Every call that moves money or state carries a key minted by its caller."""

    kind = Kind.INVALID
    code = "idempotency-key-required"
    title = "An Idempotency-Key header is required."
    retry = Retry.NEW_KEY


class IdempotencyKeyInvalid(DomainError):
    """The key is neither a UUID nor a text of a fitting length."""

    kind = Kind.INVALID
    code = "idempotency-key-invalid"
    title = "The Idempotency-Key header is malformed."
    retry = Retry.NEW_KEY


class IdempotencyKeyReused(DomainError):
    """The key was used for something else, and nothing was done now."""

    kind = Kind.REFUSED
    code = "idempotency-key-reused"
    title = "This key was used for something else."
    retry = Retry.NEW_KEY


class InProgress(DomainError):
    """The first call with this key is still working."""

    kind = Kind.CONFLICT
    code = "in-progress"
    title = "The first call with this key is still running."
    retry = Retry.SAME_KEY


class AnswerForgotten(DomainError):
    """The command was carried out long ago; what was answered then is not kept any more."""

    kind = Kind.CONFLICT
    code = "answer-forgotten"
    title = "This was done, too long ago to say how it was answered."
    retry = Retry.NEVER


FORGOTTEN: Final = b""
"""What stands for an answer that is not kept any more; no real one is empty."""


@dataclass(frozen=True, slots=True)
class Command:
    """What identifies a call: `body_hash` is SHA-256 of the canonical JSON as received."""

    id: CommandId
    kind: str
    target_id: UUID | None
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller was told: an HTTP status and the very bytes of the body."""

    status: int
    body: bytes
    is_replay: bool = False


@dataclass(frozen=True)
class Made(Generic[T]):
    """What was made, and whether it was made before, under the same id of the caller's."""

    thing: T
    is_replay: bool


@dataclass(frozen=True, slots=True)
class Repeat:
    """The command was taken before; `answer` is None while it is still running."""

    answer: Answer | None


def command_id(merchant_id: MerchantId, key: str, *, route: str, device: str) -> CommandId:
    """Turn the header into the command's id: a canonical UUID as it is, other text by UUIDv5.

    Raises `IdempotencyKeyInvalid` for a text outside 16–255 characters.
    """
    try:
        as_uuid = UUID(key)
    except ValueError:
        as_uuid = None
    if as_uuid is not None and str(as_uuid) == key.lower():
        return CommandId(as_uuid)
    if not KEY_LENGTH_MIN <= len(key) <= KEY_LENGTH_MAX:
        message = f"A key is a UUID or has {KEY_LENGTH_MIN} to {KEY_LENGTH_MAX} characters."
        raise IdempotencyKeyInvalid(message)
    return CommandId(uuid5(merchant_id, f"{route}|{device}|{key}"))


async def claim(tx: Tx, command: Command, actor: StaffId, now: datetime) -> Repeat | None:
    """Take the id for this command; a `Repeat` when this very command took it before.

    Two callers with one id meet at the primary key: the second waits for the first to commit.
    Raises `IdempotencyKeyReused` when the id was taken by anything else, `AnswerForgotten` for a
    repeat so late that its answer is gone: it is not carried out again.
    """
    taken = await tx.fetchval(
        """
        insert into commands (merchant_id, id, kind, target_id, body_hash, actor, state, created_at)
        values ($1, $2, $3, $4, $5, $6, 'running', $7)
        on conflict (merchant_id, id) do nothing
        returning 1
        """,
        *(tx.merchant_id, command.id, command.kind, command.target_id, command.body_hash),
        *(actor, now),
    )
    if taken:
        return None

    known = await tx.fetchrow(
        """
        select kind, target_id, body_hash, actor, state, status, answer
        from commands where merchant_id = $1 and id = $2
        """,
        *(tx.merchant_id, command.id),
    )
    assert known is not None
    mine = (command.kind, command.target_id, command.body_hash, actor)
    if (known["kind"], known["target_id"], known["body_hash"], known["actor"]) != mine:
        message = "This key was used for something else; nothing was done."
        raise IdempotencyKeyReused(message)
    if known["state"] == "running":
        return Repeat(None)
    if known["answer"] == FORGOTTEN:
        raise AnswerForgotten("It was carried out once, and not again now: read what it made.")
    return Repeat(Answer(known["status"], known["answer"], is_replay=True))


async def is_known(tx: Tx, command_id: UUID) -> bool:
    """Whether this id was taken: by this command, or by anything else."""
    found: bool = await tx.fetchval(
        "select exists (select from commands where merchant_id = $1 and id = $2)",
        *(tx.merchant_id, command_id),
    )
    return found


def finish(tx: Tx, command_id: UUID, answer: Answer, *, may_be_finished: bool = False) -> None:
    """Keep the final answer for every repeat; it never changes afterwards."""
    tx.write(
        """
        update commands set state = 'finished', status = $3, answer = $4
        where merchant_id = $1 and id = $2 and state = 'running'
        """,
        *(tx.merchant_id, command_id, answer.status, answer.body),
        rows=None if may_be_finished else 1,
    )


async def keep(tx: Tx, command_id: UUID, answer: Answer) -> Answer:
    """Keep this answer as the final one, unless another caller's was kept first: then that."""
    mine = await tx.fetchval(
        """
        update commands set state = 'finished', status = $3, answer = $4
        where merchant_id = $1 and id = $2 and state = 'running'
        returning true
        """,
        *(tx.merchant_id, command_id, answer.status, answer.body),
    )
    if mine:
        return answer
    # The update waited for the other caller's commit; a new statement sees what it kept.
    kept = await stored_answer(tx, command_id)
    assert kept is not None
    return kept


async def stored_answer(tx: Tx, command_id: UUID) -> Answer | None:
    """Return the final answer that was kept for a command; None while it is running."""
    row = await tx.fetchrow(
        """
        select status, answer from commands
        where merchant_id = $1 and id = $2 and state = 'finished'
        """,
        *(tx.merchant_id, command_id),
    )
    return None if row is None else Answer(row["status"], row["answer"], is_replay=True)
