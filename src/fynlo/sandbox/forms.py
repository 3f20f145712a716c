"""Form bodies and query strings: `a[b][c]=1`, `x[]=1`, `x[0]=1`, in every spelling clients use."""

from __future__ import annotations

import re
from itertools import count
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

Params: TypeAlias = dict[str, Any]

_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP: Final = re.compile(r"\[([^\]]*)\]")
_DEPTH_MAX: Final = 8


def parse(text: str) -> Params:
    """Read a form into nested dicts and lists; `ValueError` when names contradict each other."""
    tree: Params = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=1000):
        match = _NAME.fullmatch(name)
        if match is None:
            raise ValueError(f"{name!r} is not the name of anything.")
        path = [match[1], *_STEP.findall(match[2])]
        if len(path) > _DEPTH_MAX:
            raise ValueError(f"{name} is nested too deeply.")
        _put(tree, path, value)
    return {key: value if key == "metadata" else _lists(value) for key, value in tree.items()}


def _put(tree: Params, path: list[str], value: str) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step or _next(tree), {})
        if not isinstance(tree, dict):
            raise ValueError(f"{step} is both a value and a group.")  # noqa: TRY004 - the form's
    last = path[-1] or _next(tree)
    if isinstance(tree.get(last), dict):
        raise ValueError(f"{last} is both a value and a group.")  # noqa: TRY004 - the form's
    tree[last] = value


def _next(tree: Params) -> str:
    return next(place for number in count(len(tree)) if (place := str(number)) not in tree)


def _lists(value: Any) -> Any:
    """Turn groups whose names are 0, 1, 2 … into lists, in their order."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(item) for key, item in value.items()}
