"""Rules about shape: sizes, docstrings, names, parameters."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.house.source import Finding, Source

MODULE_LINES_MAX: Final = 400
FUNCTION_LINES_MAX: Final = 50
LINE_CHARACTERS_MAX: Final = 100
POSITIONAL_PARAMETERS_MAX: Final = 5
TEST_WORDS_MIN: Final = 4

VAGUE_ENDINGS: Final = ("Manager", "Helper", "Util", "Utils", "Base", "Impl", "Service")
VAGUE_MODULES: Final = frozenset({"base", "common", "helper", "helpers", "misc", "util", "utils"})

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: Source) -> Iterator[Function]:
    """Walk over every function and method, nested ones too."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def modules_are_short(source: Source) -> Iterator[Finding]:
    """Hold a module to 400 lines."""
    if len(source.lines) > MODULE_LINES_MAX:
        yield len(source.lines), f"{len(source.lines)} lines; {MODULE_LINES_MAX} are the most."


def functions_are_short(source: Source) -> Iterator[Finding]:
    """Hold a function, from `def` to its last line, to 50 lines."""
    for function in functions(source):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > FUNCTION_LINES_MAX:
            yield function.lineno, f"{function.name} has {length} lines; {FUNCTION_LINES_MAX} fit."


def lines_are_short(source: Source) -> Iterator[Finding]:
    """Hold a line to 100 characters."""
    for number, line in enumerate(source.lines, 1):
        if len(line) > LINE_CHARACTERS_MAX:
            yield number, f"{len(line)} characters; {LINE_CHARACTERS_MAX} fit."


def parameters_are_few(source: Source) -> Iterator[Finding]:
    """Hold a function to five positional parameters: more are keywords, or a value."""
    for function in functions(source):
        names = [one.arg for one in function.args.posonlyargs + function.args.args]
        count = len(names) - (names[:1] in (["self"], ["cls"]))
        if count > POSITIONAL_PARAMETERS_MAX:
            yield function.lineno, f"{function.name} takes {count} positional parameters."


def modules_say_what_they_are(source: Source) -> Iterator[Finding]:
    """Ask each module for a docstring that opens with one whole sentence."""
    if not source.text:  # The mark of a package that holds nothing itself.
        return
    opening = (ast.get_docstring(source.tree) or "").partition("\n\n")[0]
    if not opening.endswith((".", ":")):
        yield 1, "The module does not open with one sentence that says what it is."


def names_are_not_vague(source: Source) -> Iterator[Finding]:
    """Refuse names that could hold anything."""
    if source.path.stem in VAGUE_MODULES:
        yield 1, f"A module called {source.path.stem} could hold anything."
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and node.name.endswith(VAGUE_ENDINGS):
            yield node.lineno, f"{node.name} does not say what it is."


def comprehensions_have_one_loop(source: Source) -> Iterator[Finding]:
    """Refuse a comprehension with two `for`s: write the loop."""
    kinds = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    for node in source.nodes:
        if isinstance(node, kinds) and len(node.generators) > 1:
            yield node.lineno, "A comprehension with two loops is a puzzle."


def tests_are_sentences(source: Source) -> Iterator[Finding]:
    """Ask each test for a name that says what holds."""
    for function in functions(source):
        words = function.name.split("_")
        if words[0] == "test" and len(words) <= TEST_WORDS_MIN:
            yield function.lineno, f"{function.name} is not a sentence."
