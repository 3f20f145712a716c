"""The kit itself, in small: real processes, real kills, and the money is right."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from fynlo.chaos import NotServing, Setup, Target, Wish, play
from fynlo.cli import app
from fynlo.cli.chaos import perform

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(300)


async def test_the_money_is_right_while_everything_breaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = Wish(
        seed=4,
        payments=16,
        tills=3,
        kills=(Target.API, Target.WORKER),
        kill_pause_seconds=(0.5, 1.5),
        step_pause_payments=(0, 3),
        webhooks=10,
    )

    code = await perform(wish, tmp_path / "new", as_json=True)

    made = json.loads(capsys.readouterr().out)
    assert made["breaches"] == []
    assert (code, made["holds"], made["seed"]) == (0, True, 4)
    assert made["payments"] >= 16
    assert set(made["kills"]) <= {"api", "worker"}
    assert sum(made["faults"].values()) > 0
    assert (tmp_path / "new" / "serve.log").exists()


async def test_a_server_that_does_not_start_is_told_in_one_sentence(tmp_path: Path) -> None:
    setup = Setup((sys.executable, "-c", "raise SystemExit(2)"), tmp_path, 1, [], 2)

    with pytest.raises(NotServing, match=r"does not come up; see .*serve\.log"):
        await play(setup, Wish(seed=1), print)


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()

    ended = CliRunner().invoke(app, ["chaos", "--data-dir", str(tmp_path)])

    assert ended.exit_code == 2
    assert "is not an empty folder" in ended.output
