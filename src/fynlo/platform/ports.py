"""What an operation may touch; built once, at wiring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fynlo.platform.clock import Clock
    from fynlo.platform.database import Database


@dataclass(frozen=True)
class Ports:
    """The database and the clock."""

    db: Database
    clock: Clock
