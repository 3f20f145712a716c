"""Say why an order is (not) paid: a sentence, what comes next, and the evidence in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.insight import queries
from fynlo.insight.model.evidence import EVIDENCE_MAX
from fynlo.insight.model.tell import evidence
from fynlo.insight.model.verdict import verdict
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.insight.model.evidence import Evidence
    from fynlo.insight.model.facts import Story
    from fynlo.insight.model.verdict import Verdict
    from fynlo.kernel.ids import OrderId
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict on an order and the latest evidence, oldest first."""

    story: Story
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    is_cut: bool
    """Whether there is older evidence than this."""


async def explain(ports: Ports, caller: Caller, order_id: OrderId) -> Explanation:
    """Read everything on record of an order in one snapshot, and say what it means.

    It asks nobody outside and changes nothing. Raises `NotFound` for an order of somebody else.
    """
    now = ports.clock.now()
    async with ports.db.snapshot(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_READ, now)
        story = await queries.story(tx, order_id, now)
    # What people wrote about an exception is for those who may resolve it.
    in_full = Permission.EXCEPTIONS_RESOLVE in actor.permissions
    story = replace(story, in_full=in_full)
    pieces = evidence(story)
    return Explanation(
        story=story,
        verdict=verdict(story),
        evidence=tuple(pieces[-EVIDENCE_MAX:]),
        is_cut=len(pieces) > EVIDENCE_MAX,
    )
