"""The data folder has one owner, private notes, and secrets that stay the same."""

from __future__ import annotations

import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from fynlo.cli import folder

if TYPE_CHECKING:
    from pathlib import Path

OWN = """
import sys
from pathlib import Path
from fynlo.cli import folder
with folder.own(Path(sys.argv[1])):
    notes = folder.Notebook(Path(sys.argv[1]))
    notes.process("postgres", 7)
    notes.publish(folder.Run(
        url="http://127.0.0.1:1", database_url="d", cache_url="c", sandbox_url=None))
    notes.process("api 1", 8)
    print(flush=True)
    sys.stdin.read()
"""


def owner(path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", OWN, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_second_owner_is_refused_and_told_about_the_first(tmp_path: Path) -> None:
    with owner(tmp_path) as first:
        sentence = (
            f"Fynlo already runs in {tmp_path} (process {first.pid}, serving http://127.0.0.1:1)."
        )
        with pytest.raises(folder.FolderBusyError) as refused, folder.own(tmp_path):
            pass
        first.communicate()

    assert str(refused.value) == sentence
    with folder.own(tmp_path):
        assert list(tmp_path.iterdir()) == [tmp_path / "fynlo.lock"]


def test_what_runs_is_noted_for_the_owners_user_only(tmp_path: Path) -> None:
    with owner(tmp_path) as first:
        run = folder.running(tmp_path)
        mode = stat.S_IMODE((tmp_path / "run.json").stat().st_mode)
        first.communicate()

    assert run == folder.Run(
        url="http://127.0.0.1:1",
        database_url="d",
        cache_url="c",
        sandbox_url=None,
        processes={"supervisor": first.pid, "postgres": 7, "api 1": 8},
    )
    assert mode == 0o600
    assert folder.running(tmp_path) is None


def test_the_note_of_a_killed_owner_is_not_believed(tmp_path: Path) -> None:
    with owner(tmp_path) as first:
        first.kill()

    assert (tmp_path / "run.json").exists()
    assert folder.running(tmp_path) is None
    with folder.own(tmp_path):
        assert not (tmp_path / "run.json").exists()


def test_secrets_are_made_once_private_and_never_alike(tmp_path: Path) -> None:
    made = folder.keep_secrets(tmp_path)

    assert folder.keep_secrets(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    (tmp_path / "secrets.json").unlink()
    other = folder.keep_secrets(tmp_path)
    assert other.secret_key != made.secret_key
    assert len(made.secret_key) >= 32
    assert made.stripe_secret_key.startswith("sk_test_")


def test_a_new_data_folder_is_private(tmp_path: Path) -> None:
    with folder.own(tmp_path / "new" / "folder"):
        assert stat.S_IMODE((tmp_path / "new" / "folder").stat().st_mode) == 0o700
