"""Hold old rows to what new rows are held to."""

from __future__ import annotations

from pathlib import Path

from fynlo.platform.migrations import run_sql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the hand-written SQL beside this file."""
    run_sql(Path(__file__).with_suffix(".sql"))
