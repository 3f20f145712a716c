"""The phrases that evidence and verdict are made of: ways of paying, sums, moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.payments.model.transaction import TenderType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from fynlo.insight.model.facts import Story
    from fynlo.kernel.money import Money
    from fynlo.payments.model.transaction import Tender

WAYS_MAX = 6
"""How many ways of paying one sentence names."""


def way(tender: Tender) -> str:
    """Say how a tender pays: `in cash`, `by card (Visa 4242)`, `by voucher V-17`."""
    if tender.type is TenderType.CASH:
        return "in cash"
    if tender.type is TenderType.CARD:
        return "by card" + _card(tender)
    reference = f" {tender.reference}" if tender.reference else ""
    return f"by {tender.method.replace('_', ' ')}{reference}"


def _card(tender: Tender) -> str:
    if tender.card is None:
        return ""
    words = (tender.card.brand or "").replace("_", " ").title(), tender.card.last4 or ""
    shown = " ".join(word for word in words if word)
    return f" ({shown})" if shown else ""


def paying(tender: Tender) -> str:
    """Say how much a tender pays towards its order, and how; a tip is said apart."""
    tip = f" and a tip of {tender.tip}" if tender.tip else ""
    return f"{tender.amount} {way(tender)}{tip}"


def ways(tenders: Iterable[Tender]) -> str:
    """Say what was paid in which ways, the same way added up."""
    sums: dict[str, Money] = {}
    for tender in tenders:
        name = way(tender)
        sums[name] = sums[name] + tender.amount if name in sums else tender.amount
    parts = [f"{amount} {name}" for name, amount in sums.items()]
    if len(parts) > WAYS_MAX:
        parts = [*parts[: WAYS_MAX - 1], f"in {len(parts) - WAYS_MAX + 1} more ways"]
    return joined(parts)


def joined(parts: Sequence[str]) -> str:
    """Write a list as one does: `a, b and c`."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def moment(story: Story, at: datetime) -> str:
    """Write a moment as the clock on the shop's wall shows it; with its day unless it is today."""
    local, today = at.astimezone(story.zone), story.now.astimezone(story.zone)
    text = f"{local:%H:%M:%S}".removesuffix(":00")
    if local.date() == today.date():
        return text
    return f"{text} on {local.date().isoformat()}"
