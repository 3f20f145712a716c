"""Closed days of the ledger; which account a card is charged with, where its customer returns."""

from __future__ import annotations

from pathlib import Path

from fynlo.platform.migrations import run_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the hand-written SQL beside this file."""
    run_sql(Path(__file__).with_suffix(".sql"))
