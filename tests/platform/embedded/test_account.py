"""As root, PostgreSQL runs as somebody else, who enters root's folders only when it must."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from fynlo.platform.embedded import account

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes its user")


@as_root
def test_a_folder_that_everybody_may_enter_needs_no_right() -> None:
    chosen = account.choose([Path("/usr/bin")])

    assert chosen is not None
    assert chosen.user != 0
    assert not chosen.passes_walls


@as_root
def test_a_folder_behind_a_private_one_needs_the_right_and_keeps_its_mode(tmp_path: Path) -> None:
    private = tmp_path / "private"
    (private / "inner").mkdir(parents=True)
    private.chmod(0o700)

    chosen = account.choose([private / "inner"])

    assert chosen is not None
    assert chosen.passes_walls
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() == 0, reason="root changes its user")
def test_an_ordinary_user_stays_itself(tmp_path: Path) -> None:
    assert account.choose([tmp_path]) is None
