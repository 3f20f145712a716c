"""The first schema: merchants, people, catalogue, orders, drawers, payments, ledger, outbox."""

from __future__ import annotations

from pathlib import Path

from fynlo.platform.migrations import run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the hand-written SQL beside this file."""
    run_sql(Path(__file__).with_suffix(".sql"))
