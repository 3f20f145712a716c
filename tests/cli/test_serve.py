"""The whole of it, as somebody starts it: in processes of its own, killed and started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import pytest

from fynlo.seed import DEMO, PASSWORD
from tests.support.serve import http_client

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

pytestmark = pytest.mark.timeout(180)


_started: list[Process] = []


@pytest.fixture(autouse=True)
async def _nothing_runs_on() -> AsyncIterator[None]:
    """End what a test that failed has left running; whatever it owned ends with it."""
    yield
    for process in _started:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    _started.clear()


async def start(*words: str, **variables: str) -> Process:
    """Start a command with nothing of this machine's configuration."""
    environment = {name: one for name, one in os.environ.items() if not name.startswith("FYNLO_")}
    environment |= variables
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from fynlo.cli import app; app()", *words),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    _started.append(process)
    return process


async def finish(process: Process) -> tuple[int | None, str]:
    """Wait for its end; returns its code and all that it said."""
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def is_up(process: Process, folder: Path) -> dict[str, Any]:
    """Read what the server says until it has told its address; returns its notebook."""
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if b"http://" in line and (folder / "run.json").exists():
            found: dict[str, Any] = json.loads((folder / "run.json").read_bytes())
            return found
    raise AssertionError("It ended before it served.")


@asynccontextmanager
async def owner(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Sign the owner of the demo shop in."""
    async with http_client(base_url=f"{url}/api/v1", timeout=30) as http:
        who = {"email": "owner@demo.fynlo.test", "password": PASSWORD}
        answer = await http.post("/auth/login", json=who)
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield http


async def test_the_demo_tells_its_day_and_ends_well() -> None:
    code, said = await finish(await start("demo", "--once"))

    assert code == 0, said
    assert "every balance and state follows from the journal" in said


async def test_a_killed_server_comes_back_with_all_it_answered(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with spaces"
    first = await start("serve", "--data-dir", str(folder), "--workers", "2")
    run = await is_up(first, folder)
    async with owner(run["url"]) as http:
        order = await pay_by_card(http)

    again = await start("serve", "--data-dir", str(folder))
    code, said = await finish(again)
    assert (code, "already runs" in said) == (2, True), said
    verified = await start("verify", "--data-dir", str(folder), "--json")
    assert await finish(verified) == (0, "[]\n")
    first.send_signal(signal.SIGKILL)
    await first.wait()

    second = await start("serve", "--data-dir", str(folder))
    run = await is_up(second, folder)
    async with owner(run["url"]) as http:
        found = (await http.get(f"/orders/{order['id']}")).json()
        assert (found["payment_state"], found["number"]) == ("paid", order["number"])
        await pay_by_card(http)
        assert await was_told(run["database_url"])
        drawer = await open_drawer(http)
        code, said = await finish(await start("tour", "--url", run["url"]))
        assert (code, "stays open for whoever opened it" in said) == (0, True), said
        report = (await http.get(f"/drawers/sessions/{drawer['id']}/report")).json()
        assert report["state"] == "open"
    second.send_signal(signal.SIGTERM)
    assert (await finish(second))[0] == 0
    assert not (folder / "run.json").exists()

    verified = await start("verify", "--data-dir", str(folder), "--json")
    assert await finish(verified) == (0, "[]\n")


async def test_a_real_database_without_a_stripe_key_takes_no_cards(
    tmp_path: Path, by_url: dict[str, str]
) -> None:
    assert (await finish(await start("migrate", **by_url)))[0] == 0

    serving = await start("serve", "--data-dir", str(tmp_path / "data"), **by_url)
    run = await is_up(serving, tmp_path / "data")
    serving.send_signal(signal.SIGTERM)

    assert (await finish(serving))[0] == 0
    assert run["sandbox_url"] is None
    assert not (tmp_path / "data" / "sandbox.sqlite").exists()


async def was_told(database_url: str) -> bool:
    """Wait until the worker has handled what the provider told of a payment."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f"set role fynlo_app; set fynlo.merchant_id = '{DEMO}'")
        for _ in range(200):
            if await connection.fetchval(
                "select count(*) from fynlo.notifications"
                " where type = 'payment_intent.succeeded' and state = 'processed'"
            ):
                return True
            await connection.fetchval("select pg_sleep(0.05)")
        return False
    finally:
        await connection.close()


async def open_drawer(http: httpx.AsyncClient) -> dict[str, Any]:
    """Open the drawer of the first register."""
    registers = (await http.get("/registers")).json()["items"]
    opened = await http.post(
        "/drawers/sessions",
        json={"register_id": registers[0]["id"], "opening_amount": 0},
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert opened.status_code == 201, opened.text
    session: dict[str, Any] = opened.json()
    return session


async def pay_by_card(http: httpx.AsyncClient) -> dict[str, Any]:
    """Sell the first product of the menu to a card."""
    product = (await http.get("/products?limit=1")).json()["items"][0]
    lines = [{"product_id": product["id"], "quantity": 1}]
    places = (await http.get("/locations")).json()["items"]
    body = {"lines": lines, "location_id": places[0]["id"]}
    order: dict[str, Any] = (await http.post("/orders", json=body)).json()
    (await http.post(f"/orders/{order['id']}/validate", json={})).raise_for_status()
    card = {"method": "card", "amount": order["total"], "payment_method_id": "pm_card_visa"}
    paid = await http.post(
        "/transactions/process",
        json={"order_id": order["id"], "payments": [card]},
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert paid.status_code == 200, paid.text
    return order
