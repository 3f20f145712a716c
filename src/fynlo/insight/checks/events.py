"""What must hold of events: each waits to be numbered, or is numbered."""

from __future__ import annotations

from typing import Final

CHECKS: Final = {
    # From the first one that is kept: those before it are forgotten, and counted as they were.
    "events are numbered without a gap": """
        select 'events', coalesce(s.last_sequence, 0)::text,
          coalesce(s.forgotten_sequence, 0) + coalesce(e.count, 0)
            || ', up to ' || coalesce(e.last, s.forgotten_sequence, 0)
        from event_streams s
        full join (
          select merchant_id, count(*) as count, min(sequence) as first, max(sequence) as last
          from events group by merchant_id
        ) e using (merchant_id)
        where coalesce(s.last_sequence, 0)
            <> coalesce(s.forgotten_sequence, 0) + coalesce(e.count, 0)
          or coalesce(s.last_sequence, 0) <> coalesce(e.last, s.forgotten_sequence, 0)
          or coalesce(s.forgotten_sequence, 0) + 1 <> coalesce(e.first, s.forgotten_sequence + 1)
    """,
    "an event waits or is numbered, not both": """
        select 'event ' || e.id, 'numbered', 'numbered and waiting'
        from events e
        join outbox o on o.merchant_id = e.merchant_id and o.id = e.id
    """,
}
