"""What must hold of events: each waits to be numbered, or is numbered."""

from __future__ import annotations

from typing import Final

CHECKS: Final = {
    "events are numbered without a gap": """
        select 'events', s.last_sequence::text,
          count(e.sequence) || ', up to ' || coalesce(max(e.sequence), 0)
        from event_streams s
        left join events e on e.merchant_id = s.merchant_id
        group by s.last_sequence
        having count(e.sequence) <> s.last_sequence
          or coalesce(max(e.sequence), 0) <> s.last_sequence
    """,
}
