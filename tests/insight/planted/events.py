"""What was changed of events, and what must be found of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.insight.planted.names import EVENTS, WAITS

if TYPE_CHECKING:
    from tests.insight.planted.write import Planted


PLANTED: Planted = [
    (
        "delete from event_streams where merchant_id = '{merchant}'",
        [(EVENTS, "events", "0", "{events}, up to {events}")],
    ),
    (
        "delete from events where merchant_id = '{merchant}' and sequence = 1",
        [(EVENTS, "events", "{events}", "{fewer}, up to {events}")],
    ),
    (
        "update events set sequence = 99 where merchant_id = '{merchant}' and sequence = 2",
        [(EVENTS, "events", "{events}", "{events}, up to 99")],
    ),
    (
        "update events set id = '{untold}' where merchant_id = '{merchant}' and sequence = 1",
        [(WAITS, "event {untold}", "numbered", "numbered and waiting")],
    ),
]
