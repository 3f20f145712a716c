"""The gates are shut: a failing check fails, figures are measured, and no data is invented."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BENCH = sorted((ROOT / "bench").glob("*.py"))
PRODUCT = sorted((ROOT / "src/fynlo").rglob("*.py"))
# They wait for a start, for the moment at which the next one is due, or between two questions.
WAITS_FOR_A_START = {"record.py", "notices.py", "rush.py", "lost.py"}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def names_in(path: Path) -> set[str]:
    return {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}


def imported_by(path: Path) -> set[str]:
    imports = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)]
    return {node.module for node in imports if node.module is not None}


@pytest.mark.parametrize("path", BENCH, ids=lambda path: path.name)
def test_tr04_no_figure_of_the_benchmark_comes_from_a_sleep(path: Path) -> None:
    assert "sleep" not in names_in(path) or path.name in WAITS_FOR_A_START


def test_tr05_the_benchmark_measures_the_product_and_verifies_its_books_afterwards() -> None:
    assert "fynlo.cli.supervisor" in imported_by(ROOT / "bench/rig.py")
    assert "fynlo.insight.verify" in imported_by(ROOT / "bench/cash.py")


def test_tr09_no_step_of_a_check_may_fail_in_silence() -> None:
    recipes = [
        line.strip().removeprefix("@")
        for line in (ROOT / "Makefile").read_text().splitlines()
        if line.startswith("\t")
    ]
    ci = (ROOT / ".ci/run").read_text()

    assert [line for line in recipes if line.startswith("-") or "|| true" in line] == []
    assert [line for line in recipes if "--exit-zero" in line and " --fix " not in line] == []
    assert "set -eu" in ci
    steps = re.findall(r"^(?:exec )?make (?!\.venv).*$", ci, re.MULTILINE)
    assert steps == [
        'make check >"$report" 2>&1 &',
        'make test || { cat "$report"; exit 1; }',
        "exec make tour",
    ]
    assert 'wait "$check" || { cat "$report"; exit 1; }' in ci  # What runs beside is heard too.


def test_tr133_only_the_command_line_can_make_the_demo_shop() -> None:
    importers = {path.parent.name for path in PRODUCT if "fynlo.seed" in imported_by(path)}

    assert importers == {"cli"}
