"""The kit itself, in small: real processes, real kills, and the money is right."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from fynlo.chaos import NotServing, Person, Setup, Target, Wish, play
from fynlo.cli import app
from fynlo.cli.listen import listen
from fynlo.seed import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(240)

SERVE = (sys.executable, "-c", "from fynlo.cli import app; app()", "serve")
PEOPLE = [Person(f"{one}@demo.fynlo.test", PASSWORD) for one in ("manager", "cashier")]


def free_port() -> int:
    with listen("127.0.0.1", 0, default=0) as free:
        port: int = free.getsockname()[1]
    return port


async def test_the_money_is_right_while_everything_breaks(tmp_path: Path) -> None:
    wish = Wish(
        seed=4,
        payments=40,
        tills=4,
        kills=(Target.API, Target.WORKER),
        kill_pause_seconds=(0.3, 0.8),
        step_pause_seconds=(0.05, 0.3),
        webhooks=20,
    )
    said: list[str] = []

    made = await play(Setup(SERVE, tmp_path, free_port(), PEOPLE), wish, said.append)

    assert made.breaches == []
    assert made.holds
    assert made.payments >= 40
    assert set(made.kills) == {Target.API, Target.WORKER}
    assert sum(made.faults.values()) > 0
    assert len(said) == 2


async def test_a_server_that_does_not_start_is_told_in_one_sentence(tmp_path: Path) -> None:
    setup = Setup((sys.executable, "-c", "raise SystemExit(2)"), tmp_path, 1, PEOPLE, 2)

    with pytest.raises(NotServing, match=r"does not come up; see .*serve\.log"):
        await play(setup, Wish(seed=1), print)


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()

    ended = CliRunner().invoke(app, ["chaos", "--data-dir", str(tmp_path)])

    assert ended.exit_code == 2
    assert "is not an empty folder" in ended.output


def test_the_command_prints_its_report_as_data_and_keeps_the_folder(tmp_path: Path) -> None:
    words = ["chaos", "--json", "--seed", "5", "--payments", "1", "--tills", "1", "--no-kill"]

    ended = CliRunner().invoke(app, [*words, "--data-dir", str(tmp_path / "new")])

    report: dict[str, Any] = json.loads(ended.stdout)
    assert (ended.exit_code, report["seed"], report["holds"]) == (0, 5, True)
    assert (tmp_path / "new" / "serve.log").exists()
