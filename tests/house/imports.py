"""Rules about who may know whom, beyond the layers that import-linter holds."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.house.source import Finding, Source

# Started by name: the command line, the ASGI factory, Alembic.
ENTRANCES: Final = ("fynlo", "fynlo.cli", "fynlo.main", "fynlo.__main__")
LOADED_BY_PATH: Final = "src/fynlo/migrations"
# Features write where their own store is; below them, these do.
WRITERS: Final = ("src/fynlo/platform", "src/fynlo/migrations", "src/fynlo/sandbox")
_WRITES: Final = re.compile(r"\b(insert into|delete from|update [a-z_.]+ set)\s", re.IGNORECASE)
_STANDARD: Final = frozenset(sys.stdlib_module_names)


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """Name everything that a module imports: the module, and each name taken from it."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def _feature(module: str) -> str:
    return ".".join(module.split(".")[:2])


def stores_are_private(source: Source) -> Iterator[Finding]:
    """Let only the feature itself import its store."""
    for line, name in imported(source):
        parts = name.split(".")
        is_store = parts[0] == "fynlo" and parts[2:] == ["store"]
        if is_store and _feature(name) != _feature(source.module):
            yield line, f"{name} is the business of {_feature(name)} alone."


def _is_pure(module: str) -> bool:
    parts = module.split(".")
    return parts[1:2] == ["kernel"] or parts[2:3] in (["model"], ["recipes"])


def decisions_are_pure(source: Source) -> Iterator[Finding]:
    """Let the kernel, models and recipes import the standard library and each other only."""
    if not _is_pure(source.module):
        return
    kernel_only = source.module.startswith("fynlo.kernel")
    for line, name in imported(source):
        parts = name.split(".")
        mine = parts[0] == "fynlo" and (parts[1:2] == ["kernel"] if kernel_only else _is_pure(name))
        if parts[0] not in _STANDARD and not mine:
            yield line, f"{name} is not pure."


def the_sandbox_stands_alone(source: Source) -> Iterator[Finding]:
    """Keep the test double out of the product, and the product out of the double."""
    inside = source.is_within("src/fynlo/sandbox")
    for line, name in imported(source):
        parts = name.split(".")
        if inside and parts[0] == "fynlo" and parts[1:2] not in (["sandbox"], ["kernel"], []):
            yield line, f"The sandbox may know the kernel only, not {name}."
        if parts[:2] == ["fynlo", "sandbox"] and not (inside or source.is_within("src/fynlo/cli")):
            yield line, "Only the command line starts the sandbox."


def engines_start_in_one_place(source: Source) -> Iterator[Finding]:
    """Let only the command line start PostgreSQL and Valkey."""
    if source.is_within("src/fynlo/cli", "src/fynlo/platform/embedded"):
        return
    for line, name in imported(source):
        if name.startswith("fynlo.platform.embedded"):
            yield line, "Only the command line starts engines."


def only_stores_write(source: Source) -> Iterator[Finding]:
    """Keep a feature's inserts, updates and deletes in its store."""
    if source.is_within(*WRITERS) or source.path.stem.startswith("store"):
        return
    for node in source.nodes:
        if isinstance(node, ast.Constant) and _WRITES.search(str(node.value)):
            yield node.lineno, "Writing SQL belongs in the feature's store."


def _run_by_name(source: Source) -> Iterator[str]:
    """Name the modules that a source starts: by `a.b` or `a.b:c`, or as a file beside itself."""
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value.endswith(".py"):
                yield f"{source.module.rpartition('.')[0]}.{node.value.removesuffix('.py')}"
            yield node.value.partition(":")[0]


def dead_modules(sources: Sequence[Source]) -> list[str]:
    """List the modules of the product that no other module of it imports or starts."""
    used: set[str] = set(ENTRANCES)
    for source in sources:
        names = {name for _, name in imported(source)} | set(_run_by_name(source))
        used |= names - {source.module}
        used |= {name.rpartition(".")[0] for name in names if name != source.module}
    return [
        str(source.path)
        for source in sources
        if not source.is_within(LOADED_BY_PATH) and source.module not in used
    ]
