"""What signing in may touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.platform.ports import Ports

if TYPE_CHECKING:
    from fynlo.platform.crypto import KeyRing
    from fynlo.platform.mail import Mailer


@dataclass(frozen=True)
class StaffPorts(Ports):
    """The database, the clock, the keys that sign and encrypt, and the mail, if there is any."""

    keys: KeyRing
    mailer: Mailer | None = None
