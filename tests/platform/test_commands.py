"""One id, one effect: what recognises a repeat, and what refuses a reuse."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from fynlo.kernel.ids import CommandId, MerchantId, StaffId
from fynlo.platform.commands import (
    Answer,
    Command,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    Repeat,
    claim,
    command_id,
    finish,
    keep,
    stored_answer,
)
from fynlo.platform.database import Database, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ACTOR = StaffId(UUID(int=5))
MERCHANT = MerchantId(UUID(int=6))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(await connect(database_url, connections_max=8))
    yield database
    await database.close()


def new_command() -> Command:
    return Command(CommandId(uuid4()), "drawers.open", None, b"hash of the body")


async def once(db: Database, command: Command, actor: StaffId = ACTOR) -> Repeat | None:
    async with db.transaction(MERCHANT) as tx:
        return await claim(tx, command, actor, NOON)


async def test_the_first_claim_takes_the_id_and_the_second_learns_of_it(db: Database) -> None:
    command = new_command()

    assert await once(db, command) is None
    assert await once(db, command) == Repeat(None)


async def test_a_finished_command_gives_its_answer_byte_for_byte(db: Database) -> None:
    command = new_command()
    async with db.transaction(MERCHANT) as tx:
        await claim(tx, command, ACTOR, NOON)
        finish(tx, command.id, Answer(201, b'{"a": 1}'))

    assert await once(db, command) == Repeat(Answer(201, b'{"a": 1}', is_replay=True))
    async with db.transaction(MERCHANT) as tx:
        assert await stored_answer(tx, command.id) == Answer(201, b'{"a": 1}', is_replay=True)
        assert await stored_answer(tx, uuid4()) is None


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "drawers.close"},
        {"target_id": UUID(int=1)},
        {"body_hash": b"hash of another body"},
        {"actor": StaffId(UUID(int=9))},
    ],
    ids=lambda other: next(iter(other)),
)
async def test_the_same_id_for_anything_else_is_refused(
    db: Database, other: dict[str, object]
) -> None:
    command = new_command()
    await once(db, command)
    actor = other.pop("actor", ACTOR)

    with pytest.raises(IdempotencyKeyReused):
        await once(db, replace(command, **other), actor)  # type: ignore[arg-type]
    assert await once(db, command) == Repeat(None)


async def test_of_many_at_once_one_takes_the_id(db: Database) -> None:
    command = new_command()

    claims = await asyncio.gather(*(once(db, command) for _ in range(30)))

    assert claims.count(None) == 1
    assert claims.count(Repeat(None)) == 29


async def test_a_refused_operation_leaves_its_id_free(db: Database) -> None:
    command = new_command()
    with pytest.raises(ZeroDivisionError):
        async with db.transaction(MERCHANT) as tx:
            await claim(tx, command, ACTOR, NOON)
            raise ZeroDivisionError

    assert await once(db, command) is None


async def test_an_answer_is_kept_once_and_later_ones_give_way(db: Database) -> None:
    command = new_command()
    await once(db, command)
    async with db.transaction(MERCHANT) as tx:
        assert await keep(tx, command.id, Answer(200, b"first")) == Answer(200, b"first")
    async with db.transaction(MERCHANT) as tx:
        kept = await keep(tx, command.id, Answer(200, b"second"))

    assert kept == Answer(200, b"first", is_replay=True)


def test_a_uuid_is_used_as_it_is_and_other_text_is_mapped_by_place() -> None:
    key = "0197e0c4-8d4c-7000-8000-0000000000aa"
    made = command_id(MERCHANT, key, route="r", device="d")
    text = command_id(MERCHANT, "a till's own key", route="r", device="d")

    assert made == UUID(key)
    assert command_id(MERCHANT, key.upper(), route="x", device="y") == made
    assert text == command_id(MERCHANT, "a till's own key", route="r", device="d")
    assert text.version == 5
    for other in (("s", "d"), ("r", "e")):
        assert text != command_id(MERCHANT, "a till's own key", route=other[0], device=other[1])
    assert text != command_id(MerchantId(uuid4()), "a till's own key", route="r", device="d")


@pytest.mark.parametrize("key", ["", "x" * 15, "x" * 256])
def test_a_key_of_an_unfitting_length_is_refused(key: str) -> None:
    with pytest.raises(IdempotencyKeyInvalid):
        command_id(MERCHANT, key, route="r", device="d")


@pytest.mark.parametrize("key", ["x" * 16, "x" * 255, "{0197e0c48d4c70008000000000000000}"])
def test_texts_of_a_fitting_length_are_taken(key: str) -> None:
    assert command_id(MERCHANT, key, route="r", device="d").version == 5
