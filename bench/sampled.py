"""An API process that is looked at a thousand times a second.

`python -m bench.sampled FILE` is what the supervisor starts, with a signal that notes where Python
stands, and how much processor time has gone by since the last; so waiting counts for nothing. What
was found is written to the file at the end.
"""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

import fynlo
from fynlo.cli import child

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType, FrameType

EVERY_SECONDS: Final = 0.001
BEGIN: Final = signal.SIGUSR1
"""Sent to the process once it has started, which is not what is measured."""
_PACKAGES: Final = "site-packages/"
_PRODUCT: Final = str(Path(fynlo.__file__).parent) + "/"
_STANDARD: Final = str(Path(signal.__file__).parent) + "/"
_LOOP: Final = "outside of Python: the event loop, and what it calls in C"


class Samples(msgspec.Struct):
    """Processor time in nanoseconds: of each function itself, and by the product's innermost."""

    looks: int
    own: dict[str, int]
    libraries: dict[str, int]
    product: dict[str, int]


def main() -> None:
    """Serve and sample until told to stop."""
    own: Counter[CodeType] = Counter()
    product: Counter[CodeType | None] = Counter()
    looks, last = 0, 0

    def look(_number: int, frame: FrameType | None) -> None:
        nonlocal looks, last
        now = time.process_time_ns()
        spent, last, looks = now - last, now, looks + 1
        if frame is not None:
            own[frame.f_code] += spent
        while frame is not None and not frame.f_code.co_filename.startswith(_PRODUCT):
            frame = frame.f_back
        product[frame and frame.f_code] += spent

    def begin(_number: int, _frame: FrameType | None) -> None:
        nonlocal last
        last = time.process_time_ns()
        signal.setitimer(signal.ITIMER_REAL, EVERY_SECONDS, EVERY_SECONDS)

    # A timer of processor time would tick with the kernel, which is four times slower.
    signal.signal(signal.SIGALRM, look)
    signal.siginterrupt(signal.SIGALRM, False)
    signal.signal(BEGIN, begin)
    # The server ends by the signal it was stopped with, which would end this process too.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit())
    try:
        child.main()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        samples = Samples(
            looks=looks,
            own=_added((named(code), count) for code, count in own.items()),
            libraries=_added((library(code), count) for code, count in own.items()),
            product=_added((named(code), count) for code, count in product.items()),
        )
        Path(sys.argv[1]).write_bytes(msgspec.json.encode(samples))


def _added(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for name, count in counts:
        total[name] += count
    return dict(total)


def library(code: CodeType) -> str:
    """Name the library that a function belongs to; a part of the product by its feature."""
    path = code.co_filename
    if _is_loop(code):
        return _LOOP
    if path.startswith(_PRODUCT):
        return "fynlo." + path.removeprefix(_PRODUCT).partition("/")[0].removesuffix(".py")
    if _PACKAGES in path:
        return path.partition(_PACKAGES)[2].partition("/")[0].removesuffix(".py")
    part = path.removeprefix(_STANDARD).partition("/")[0].removesuffix(".py")
    return f"python's {part}"


def _is_loop(code: CodeType) -> bool:
    return code.co_qualname == "Runner.run"


def named(code: CodeType | None) -> str:
    """Name a function by its file and its qualified name."""
    if code is None:
        return "outside of the product"
    if _is_loop(code):
        return _LOOP
    path = code.co_filename.removeprefix(_PRODUCT).removeprefix(_STANDARD)
    return f"{path.partition(_PACKAGES)[2] or path}:{code.co_firstlineno} {code.co_qualname}"


if __name__ == "__main__":
    main()
