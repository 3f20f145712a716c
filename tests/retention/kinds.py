"""The kinds of commands that there are, read from the source: whoever makes a command names one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.house.source import Source

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Takers: TypeAlias = dict[str, int]

_COMMAND: Final[Takers] = {"Command": 1}
"""Where the kind stands among the fields of a command."""


def kinds(files: Iterable[Source]) -> set[str]:
    """Find every kind that a command is made with, also where functions hand it on.

    Raises AssertionError for a kind that is put together where nobody can read it.
    """
    found, takers, known = set[str](), dict(_COMMAND), 0
    trees = [one.tree for one in files if "Command" in one.text or "command" in one.text]
    while len(takers) > known:
        known = len(takers)
        for tree in trees:
            for function, call in _calls(tree, takers):
                kind = _given(call, takers)
                if function and isinstance(kind, ast.Name) and kind.id in _parameters(function):
                    takers[function.name] = _parameters(function).index(kind.id)
                else:
                    found |= _read(kind, [*(function.body if function else ()), *tree.body])
    return found


def _calls(tree: ast.Module, takers: Takers) -> Iterator[tuple[Function | None, ast.Call]]:
    """Find the calls that take a kind, each with the function that it is in."""
    scopes = [one for one in ast.walk(tree) if isinstance(one, Function)]
    owners: dict[ast.AST, Function] = {}
    for scope in scopes:
        owners |= dict.fromkeys(ast.walk(scope), scope)
    for one in ast.walk(tree):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id in takers:
            yield owners.get(one), one


def _parameters(function: Function) -> list[str]:
    told = function.args
    return [one.arg for one in (*told.posonlyargs, *told.args, *told.kwonlyargs)]


def _given(call: ast.Call, takers: Takers) -> ast.expr:
    assert isinstance(call.func, ast.Name)
    named = [one.value for one in call.keywords if one.arg == "kind"]
    found = [*named, *call.args[takers[call.func.id] :]]
    assert found, f"Say the kind: {ast.unparse(call)}"
    return found[0]


def _read(kind: ast.expr, statements: list[ast.stmt]) -> set[str]:
    """Read a text, one of two, or what a name was given."""
    if isinstance(kind, ast.Constant) and isinstance(kind.value, str):
        return {kind.value}
    if isinstance(kind, ast.IfExp):
        return _read(kind.body, statements) | _read(kind.orelse, statements)
    if isinstance(kind, ast.Name):
        for one in statements:
            targets = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
            value = getattr(one, "value", None)
            if value is not None and kind.id in (getattr(t, "id", None) for t in targets):
                return _read(value, statements)
    message = f"Say the kind where it can be read: {ast.unparse(kind)}"
    raise AssertionError(message)
