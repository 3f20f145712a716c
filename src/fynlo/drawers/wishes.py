"""What of a drawer somebody may not do alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.drawers.model.counts import beyond, closing_counts
from fynlo.drawers.model.session import involved, is_independent
from fynlo.staff import Permission, Wish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fynlo.drawers.model.counts import Count
    from fynlo.drawers.model.session import DrawerSession
    from fynlo.staff import Actor


def wish_to_close(
    session: DrawerSession,
    counts: Sequence[Count],
    tolerance_minor: int,
    actor: Actor,
    closing: Mapping[str, Any],
) -> Wish | None:
    """Return what somebody else must allow before the actor closes it; None if nobody need to.

    A count beyond the tolerance needs it whatever was counted or moved after it, so that nobody
    counts, or records movements, until one fits. Nobody allows it who made such a count or opened
    the drawer. `closing` is what the closer says of it, in plain JSON: where the cash goes, and why
    it differs. The last count says what was counted, what was expected and what came before it:
    who asks is told no difference, and it is bound to it nevertheless.
    """
    differing = beyond(counts, tolerance_minor)
    if not differing or is_independent(actor, session, differing):
        return None
    last = closing_counts(counts)[-1]
    return Wish(
        permissions=(Permission.DRAWER_APPROVE,),
        target_kind="drawer_session",
        target_id=session.id,
        location_id=session.location_id,
        amount=last.counted,
        details={"count": last.number, "tolerance": tolerance_minor, **closing},
        not_by=involved(session, differing),
        facts={"tolerance": tolerance_minor},
    )
