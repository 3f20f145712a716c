"""Work that runs nothing of the product in its own thread, and that coverage need not watch."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def untraced() -> Iterator[None]:
    """Leave this thread unwatched for a while; the others are measured as ever.

    A watched thread takes up to three times as long, whatever it runs.
    """
    watching = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(watching)
