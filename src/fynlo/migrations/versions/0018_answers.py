"""More answers that go once they are old."""

from __future__ import annotations

from pathlib import Path

from fynlo.platform.migrations import run_sql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the hand-written SQL beside this file."""
    run_sql(Path(__file__).with_suffix(".sql"))
