"""What signing in may touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.platform.ports import Ports

if TYPE_CHECKING:
    from fynlo.platform.crypto import KeyRing


@dataclass(frozen=True)
class StaffPorts(Ports):
    """The database, the clock, and the keys that sign tokens."""

    keys: KeyRing
