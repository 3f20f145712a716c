"""${message}"""

from __future__ import annotations

from pathlib import Path

from fynlo.platform.migrations import run_sql

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Run the hand-written SQL beside this file."""
    run_sql(Path(__file__).with_suffix(".sql"))
