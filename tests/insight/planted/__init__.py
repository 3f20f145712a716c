"""What is changed behind the journal's back, and what exactly must be found of it."""

from __future__ import annotations

from tests.insight.planted import audit, drawers, events, ledger, orders, payments

PLANTED = (
    orders.PLANTED
    + payments.PLANTED
    + ledger.PLANTED
    + drawers.PLANTED
    + events.PLANTED
    + audit.PLANTED
)
