"""A rule about SQL: what comes from outside is a parameter, and never a part of the text."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from tests.house.conduct import calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.house.source import Finding, Source

_ASKS: Final = {"cursor", "execute", "executemany", "fetch", "fetchrow", "fetchval"}
_CONSTANT: Final = re.compile(r"_?[A-Z][A-Z0-9_]*")
NAMES_OF_OURS: Final = {
    "src/fynlo/platform/migrations.py": "the name of Alembic's own table",
    "src/fynlo/platform/reencrypt.py": "tables and columns of a list in the code",
    "src/fynlo/platform/database.py": "hands on what its callers ask, who are held to this",
    "src/fynlo/platform/relay.py": "two constants of its own, by a parameter",
    "src/fynlo/insight/verify.py": "the table of checks",
    "src/fynlo/catalog/queries.py": "conditions of a table, with the numbers of parameters",
    "src/fynlo/orders/queries.py": "conditions of a table, with the numbers of parameters",
    "src/fynlo/platform/roles.py": "the role and the password that it makes itself",
    "src/fynlo/chaos/rest.py": "a table of what is due",
    "src/fynlo/cli/folder.py": "a key is written to a file",
}
"""Where SQL is put together nevertheless, and of what."""


def sql_has_no_values(source: Source) -> Iterator[Finding]:
    """Refuse SQL that is put together from anything but constants."""
    if source.is_within(*NAMES_OF_OURS):
        return
    for call, name in calls(source):
        asks = name.split(".")[-1] in _ASKS or name == "tx.write"
        if asks and call.args and not _is_constant(call.args[0]):
            yield call.lineno, "SQL is constant: what comes from outside is a parameter."


def _is_constant(sql: ast.expr) -> bool:
    if isinstance(sql, ast.JoinedStr):
        return all(_is_named(part) for part in sql.values)
    if isinstance(sql, ast.BinOp):
        return _is_constant(sql.left) and _is_constant(sql.right)
    if isinstance(sql, ast.IfExp):
        return _is_constant(sql.body) and _is_constant(sql.orelse)
    if isinstance(sql, ast.Call):
        return False
    if isinstance(sql, ast.Subscript):
        return _is_constant(sql.value)
    return isinstance(sql, ast.Constant) or _is_a_constants_name(sql)


def _is_named(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) or (
        isinstance(part, ast.FormattedValue) and _is_constant(part.value)
    )


def _is_a_constants_name(sql: ast.expr) -> bool:
    last = sql.attr if isinstance(sql, ast.Attribute) else getattr(sql, "id", "")
    return _CONSTANT.fullmatch(last) is not None
