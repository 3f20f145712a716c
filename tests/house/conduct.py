"""Rules about conduct: calls with a better way, broad excepts, fractions of money, loose ends."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.house.source import Finding, Source

_CLOCK: Final = "ask the injected clock"
_IDS: Final = "ids are minted in kernel.ids"
INSTEAD_OF: Final = {
    "time.sleep": "wait on an event with a bound",
    "time.time": _CLOCK,
    "datetime.now": _CLOCK,
    "datetime.utcnow": _CLOCK,
    "datetime.today": _CLOCK,
    "date.today": _CLOCK,
    "uuid4": _IDS,
    "uuid.uuid4": _IDS,
    "uuid1": _IDS,
    "uuid.uuid1": _IDS,
    "print": "only the command line prints; log, or return it",
    "breakpoint": "take it out",
    "eval": "there is no need",
    "exec": "there is no need",
}
MAY: Final = {
    "src/fynlo/platform/clock.py": {"datetime.now"},
    "src/fynlo/cli": {"print"},
    "bench": {"print"},
    "tools": {"print"},
}
# Where anything may come in and the process must go on: each of these logs what it caught.
BOUNDARIES: Final = (
    "src/fynlo/worker.py",
    "src/fynlo/platform/background.py",
)
MONEY: Final = tuple(
    f"src/fynlo/{part}"
    for part in (
        *("kernel", "catalog", "ledger", "drawers", "orders", "payments", "refunds"),
        "compat",
    )
)
UNFINISHED: Final = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
_SILENCER: Final = re.compile(r"#\s*(type:\s*ignore|noqa|pragma:\s*no (?:cover|branch))(.*)")
MOCKS: Final = ("mock", "unittest.mock", "pytest_mock")


def name_of(node: ast.expr) -> str:
    """Return the dotted name of an expression, or "" when it has none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (prefix := name_of(node.value)):
        return f"{prefix}.{node.attr}"
    return ""


def calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Walk over every call with the dotted name of what is called."""
    for node in source.nodes:
        if isinstance(node, ast.Call):
            yield node, name_of(node.func)


def calls_have_no_better_way(source: Source) -> Iterator[Finding]:
    """Refuse the calls of the table, and say what to do instead."""
    allowed: set[str] = set()
    for place, names in MAY.items():
        if source.is_within(place):
            allowed |= names
    for node, name in calls(source):
        found = name if name in INSTEAD_OF else ".".join(name.split(".")[-2:])
        if found in INSTEAD_OF and found not in allowed:
            yield node.lineno, f"{name}(): {INSTEAD_OF[found]}."
        if name.startswith("random."):
            yield node.lineno, f"{name}(): chance is from `secrets`, or injected."


def excepts_are_narrow(source: Source) -> Iterator[Finding]:
    """Refuse to catch everything, unless it is raised again or this is a listed boundary."""
    if source.is_within(*BOUNDARIES):
        return
    for node in source.nodes:
        if not isinstance(node, ast.ExceptHandler):
            continue
        broad = node.type is None or name_of(node.type) in {"Exception", "BaseException"}
        again = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
        if broad and not again:
            yield node.lineno, "Catches everything: name what can happen here."


def money_is_whole(source: Source) -> Iterator[Finding]:
    """Refuse `float()`, `round()`, `Decimal()` and `/` where money is moved."""
    if not source.is_within(*MONEY):
        return
    for call, name in calls(source):
        if name.split(".")[-1] in {"float", "round", "Decimal"}:
            yield call.lineno, f"{name}(): money is whole minor units."
    for node in source.nodes:
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield node.lineno, "`/` makes fractions: use `//`, or Money.split."


def comments_are_finished(source: Source) -> Iterator[Finding]:
    """Refuse notes of unfinished work, and silencers that do not say what they silence."""
    if not (UNFINISHED.search(source.text) or _SILENCER.search(source.text)):
        return  # To tell comments from other text takes a hundred times as long as this.
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type != tokenize.COMMENT:
            continue
        if UNFINISHED.search(token.string):
            yield token.start[0], "Unfinished: do it, or leave it out."
        silencer = _SILENCER.search(token.string)
        if silencer is None:
            continue
        if silencer[1].startswith("pragma"):
            yield token.start[0], "Coverage is not silenced line by line."
        elif not re.match(r"\[[a-z]|:\s*[A-Z]", silencer[2]):
            yield token.start[0], f"`{silencer[0]}` does not say what it silences."


def nothing_is_mocked(source: Source) -> Iterator[Finding]:
    """Refuse mocks and patches: tests use real engines, and the sandbox."""
    for node in source.nodes:
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        if set(modules) & set(MOCKS):
            yield getattr(node, "lineno", 1), "A mock proves only that the mock was called."
    for node, name in calls(source):
        if name.endswith(("monkeypatch.setattr", "monkeypatch.setitem")):
            yield node.lineno, "Patching by path: pass another value in."


def tests_do_not_sleep(source: Source) -> Iterator[Finding]:
    """Refuse to wait for a time: wait for the thing. `asyncio.sleep(0)` only yields."""
    for node, name in calls(source):
        if name.split(".")[-1] != "sleep" or not node.args:
            continue
        first = node.args[0]
        if not (isinstance(first, ast.Constant) and first.value == 0):
            yield node.lineno, "Sleeps: wait for what must happen."
