"""The files that the rules read, and how a rule says what it found."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).parents[2]
OLDEST_PYTHON: Final = (3, 11)

Finding: TypeAlias = tuple[int, str]  # The line, and a sentence.


@dataclass(frozen=True)
class Source:
    """One file: its path from the root of the repository, and its text."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Return the syntax tree; newer syntax than our oldest Python is an error."""
        return ast.parse(self.text, str(self.path), feature_version=OLDEST_PYTHON)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Return every node of the tree: all rules walk over them, and walking takes longest."""
        return list(ast.walk(self.tree))

    @cached_property
    def lines(self) -> list[str]:
        """Return the lines without their ends."""
        return self.text.splitlines()

    @property
    def module(self) -> str:
        """Return the dotted name that imports this file, as in `fynlo.orders.model`."""
        parts = self.path.with_suffix("").parts
        parts = parts[1:] if parts[0] == "src" else parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def is_within(self, *folders: str) -> bool:
        """Whether the file lies in one of these folders, or is one of these files."""
        return any(self.path.is_relative_to(folder) for folder in folders)


Rule: TypeAlias = "Callable[[Source], Iterator[Finding]]"


@cache
def tracked(*suffixes: str) -> list[Source]:
    """Read every tracked text file, or only those with one of these suffixes."""
    # Whoever owns the checkout: a container often runs as somebody else.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    sources = []
    for name in sorted(names.decode().split("\0")):
        path = ROOT / name
        if not name or not path.is_file() or (suffixes and path.suffix not in suffixes):
            continue
        content = path.read_bytes()
        if b"\0" not in content:  # A picture has no style.
            sources.append(Source(PurePosixPath(name), content.decode()))
    return sources


def complaints(rule: Rule, sources: list[Source]) -> list[str]:
    """Say everything that a rule finds, as `path:line: sentence`."""
    found: list[str] = []
    for source in sources:
        found.extend(f"{source.path}:{line}: {sentence}" for line, sentence in rule(source))
    return found
