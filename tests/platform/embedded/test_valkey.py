"""Valkey of our own: private, in any folder, and nothing of it survives."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from fynlo.platform.embedded import EngineError, start_valkey

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["with spaces", "ünïcödé-日本", "/".join(["long" * 10] * 5)])
async def test_it_starts_in_any_folder_and_forgets_everything(tmp_path: Path, name: str) -> None:
    valkey = await start_valkey(tmp_path / name)
    async with Redis.from_url(valkey.url) as client:
        await client.set("key", "value")
    await valkey.stop()

    valkey = await start_valkey(tmp_path / name)
    try:
        async with Redis.from_url(valkey.url) as client:
            assert await client.get("key") is None
        assert stat.S_IMODE(valkey.sockets.stat().st_mode) == 0o700
    finally:
        await valkey.stop()

    assert not valkey.sockets.exists()
    assert list((tmp_path / name / "valkey").iterdir()) == []


async def test_one_that_outlived_its_owner_is_stopped_by_the_next_start(tmp_path: Path) -> None:
    orphan = await start_valkey(tmp_path)

    valkey = await start_valkey(tmp_path)
    try:
        assert orphan.engine.process.wait() == 0
        assert valkey.url == orphan.url
    finally:
        await valkey.stop()


async def test_a_killed_one_starts_again(tmp_path: Path) -> None:
    killed = await start_valkey(tmp_path)
    killed.engine.process.kill()
    killed.engine.process.wait()

    valkey = await start_valkey(tmp_path)
    await valkey.stop()

    assert not killed.sockets.exists()


async def test_a_folder_that_cannot_be_used_is_an_error_and_not_a_hang(tmp_path: Path) -> None:
    (tmp_path / "valkey.lock").mkdir()

    with pytest.raises((EngineError, IsADirectoryError)):
        await start_valkey(tmp_path)
