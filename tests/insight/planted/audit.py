"""What was changed of the audit trail, and what must be found of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.insight.planted.names import AUDITED, GAP, TIED, WAITING
from tests.insight.planted.write import at

if TYPE_CHECKING:
    from tests.insight.planted.write import Planted


PLANTED: Planted = [
    (
        at("audit_entries", "entry_2", "content = replace(content, 'agreed', 'forged')"),
        [(TIED, "audit entry {entry_2}", "{forged_2}", "{hash_2}")],
    ),
    (
        "delete from audit_chain where entry_id = '{entry_2}'",
        [
            (GAP, "audit trail", "3 {hash_3}", "2, up to 3 {hash_3}"),
            (TIED, "audit entry {entry_3}", "{bridged_3}", "{hash_3}"),
            (WAITING, "audit entry {entry_2}", "tied or waiting", "neither"),
        ],
    ),
    (
        "delete from audit_chain where entry_id = '{entry_3}'",
        [
            (GAP, "audit trail", "3 {hash_3}", "2, up to 2 {hash_2}"),
            (WAITING, "audit entry {entry_3}", "tied or waiting", "neither"),
        ],
    ),
    (
        "update audit_heads set last_sequence = 2 where merchant_id = '{merchant}'",
        [(GAP, "audit trail", "2 {hash_3}", "3, up to 3 {hash_3}")],
    ),
    (
        (
            "insert into audit_waiting (merchant_id, entry_id, due_at)"
            " values ('{merchant}', '{entry_1}', now())"
        ),
        [(WAITING, "audit entry {entry_1}", "tied or waiting", "both")],
    ),
    (
        at("audit_entries", "entry_1", "action = 'shop.praised'"),
        [(AUDITED, "audit entry {entry_1}", "{content_1}", "shop.praised shop {merchant}")],
    ),
]
