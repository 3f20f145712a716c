"""What must hold of the audit trail: one chain, without a gap, of entries that are unchanged."""

from __future__ import annotations

from typing import Final

CHECKS: Final = {
    "each entry of the audit trail is tied to the one before it": """
        select 'audit entry ' || id, encode(expected, 'hex'), encode(hash, 'hex')
        from (
          select e.id, c.hash, sha256(
            lag(c.hash, 1, decode(repeat('00', 32), 'hex')) over (
              partition by c.merchant_id order by c.sequence)
            || convert_to(e.content, 'UTF8')) as expected
          from audit_chain c
          join audit_entries e on e.merchant_id = c.merchant_id and e.id = c.entry_id
        ) tied
        where hash <> expected
    """,
    "the audit trail has no gap, and ends where its end is kept": """
        select 'audit trail', coalesce(h.last_sequence, 0) || ' ' || coalesce(
            encode(h.last_hash, 'hex'), ''),
          coalesce(c.count, 0) || ', up to ' || coalesce(c.last, 0) || ' '
            || coalesce(encode(c.hash, 'hex'), '')
        from audit_heads h
        full join (
          select merchant_id, count(*) as count, max(sequence) as last,
            (array_agg(hash order by sequence desc))[1] as hash
          from audit_chain group by merchant_id
        ) c using (merchant_id)
        where coalesce(h.last_sequence, 0) <> coalesce(c.count, 0)
          or coalesce(h.last_sequence, 0) <> coalesce(c.last, 0)
          or (c.count > 0 and h.last_hash is distinct from c.hash)
    """,
    "an entry of the audit trail is tied, or waits": """
        select 'audit entry ' || e.id, 'tied or waiting',
          case when c.entry_id is null then 'neither' else 'both' end
        from audit_entries e
        left join audit_chain c on c.merchant_id = e.merchant_id and c.entry_id = e.id
        left join audit_waiting w on w.merchant_id = e.merchant_id and w.entry_id = e.id
        where (c.entry_id is null) = (w.entry_id is null)
    """,
    "an entry of the audit trail is found as what it is": """
        select 'audit entry ' || id, content, action || ' ' || target_kind || ' ' || target_id
        from audit_entries
        where content::json->>'id' <> id::text
          or content::json->>'action' <> action
          or content::json->'actor'->>'id' is distinct from actor_id::text
          or content::json->'target'->>'kind' <> target_kind
          or content::json->'target'->>'id' <> target_id::text
          or (content::json->>'at')::timestamptz <> at
    """,
}
