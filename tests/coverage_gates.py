"""The coverage gates, as a plugin of the test run: `pytest -p tests.coverage_gates --cov`.

They run inside pytest, so that the last line of a run is pytest's own count. The money parts are
held to every branch, the rest to `OVERALL_MIN`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import pytest
from coverage import Coverage
from coverage.exceptions import NoDataError

if TYPE_CHECKING:
    from collections.abc import Generator

OVERALL_MIN: Final = 95.0
MONEY_MIN: Final = 100.0
MONEY: Final = ("kernel", "ledger", "payments", "refunds", "drawers")

_verdicts = pytest.StashKey[list[str]]()


def shortfalls(coverage: Coverage) -> list[str]:
    """List, one sentence each, the gates that this measurement does not pass."""
    found = []
    overall = coverage.report(file=io.StringIO())
    if overall < OVERALL_MIN:
        found.append(f"Coverage is {overall:.2f} %; {OVERALL_MIN} % is the least overall.")
    for part in MONEY:
        table = io.StringIO()
        try:
            covered = coverage.report(include=[f"*/fynlo/{part}/*"], file=table)
        except NoDataError:  # The part does not exist yet.
            continue
        if covered < MONEY_MIN:
            found.append(f"fynlo.{part} moves money: every branch.\n{table.getvalue()}")
    return found


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, bool, bool]:
    """Once pytest-cov has combined its files, judge them; a shortfall fails the run."""
    result = yield
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly:
        return result
    coverage = Coverage()
    coverage.load()
    config.stash[_verdicts] = shortfalls(coverage)
    session.testsfailed += bool(config.stash[_verdicts])
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which gates failed, above pytest's closing line."""
    for verdict in terminalreporter.config.stash.get(_verdicts, []):
        terminalreporter.write_line(f"ERROR: {verdict}", red=True)
