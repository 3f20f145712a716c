"""What must hold, each as one query that returns what does not.

A row is `(subject, expected, found)`. The queries derive every sum and state again from the
journal: postings, movements, tenders.
"""

from __future__ import annotations

from typing import Final

from fynlo.insight.checks import audit, drawers, events, kitchen, ledger, orders, payments

CHECKS: Final = {
    **orders.CHECKS,
    **kitchen.CHECKS,
    **payments.CHECKS,
    **ledger.CHECKS,
    **drawers.CHECKS,
    **events.CHECKS,
    **audit.CHECKS,
}
