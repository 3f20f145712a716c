"""A child that ends is started again; stopping it leaves nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from fynlo.cli.child import Orders
from fynlo.cli.children import Child, kept
from fynlo.cli.listen import address, listen
from fynlo.config import Config
from tests.support.serve import http_client

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "sk_test_" + "c" * 8


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_killed_sandbox_comes_back_on_its_port_with_what_it_knew(tmp_path: Path) -> None:
    starts: asyncio.Queue[int] = asyncio.Queue()
    with listen("127.0.0.1", None, default=0) as listener:
        url = address(listener)
        orders = Orders(
            kind="sandbox",
            socket=listener.fileno(),
            state=str(tmp_path / "sandbox.sqlite"),
            public_url=url,
        )
        config = replace(Config(), data_dir=tmp_path)
        child = Child("sandbox", orders, config, on_start=lambda _, pid: starts.put_nowait(pid))
        async with kept(child), http_client(base_url=url, auth=(SECRET, "")) as http:
            first = await starts.get()
            made = await http.post("/v1/customers", data={"name": "Ünïcödé"}, timeout=20)
            os.kill(first, signal.SIGKILL)
            second = await starts.get()
            found = await http.get(f"/v1/customers/{made.json()['id']}", timeout=20)

    assert made.status_code == found.status_code == 200
    assert found.json()["name"] == "Ünïcödé"
    assert child.failures == 1
    assert first != second
    assert not alive(second)


async def test_a_child_that_keeps_ending_is_started_ever_more_slowly(tmp_path: Path) -> None:
    starts: asyncio.Queue[int] = asyncio.Queue()
    child = Child(
        "nothing",
        Orders(kind="no such kind"),
        replace(Config(), data_dir=tmp_path),
        on_start=lambda _, pid: starts.put_nowait(pid),
    )
    with (tmp_path / "log").open("wb") as child.output:
        async with kept(child):
            first, second = await starts.get(), await starts.get()

    assert first != second
    assert child.failures >= 1
    assert "no such kind" in (tmp_path / "log").read_text()
