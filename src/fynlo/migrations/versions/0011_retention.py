"""How long what ages is kept, and the right to remove it: of four tables, and no other."""

from __future__ import annotations

from pathlib import Path

from fynlo.platform.migrations import run_sql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the hand-written SQL beside this file."""
    run_sql(Path(__file__).with_suffix(".sql"))
