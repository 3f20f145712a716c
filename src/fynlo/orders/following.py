"""What the kitchen was told of a line follows the line when it goes to another order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fynlo.kernel.ids import LineId
    from fynlo.orders.kitchen import Key, Ticket, TicketLine


@dataclass(frozen=True, slots=True)
class Leaving:
    """How a line leaves an order: under which id, and of what only so many thousandths.

    Without a key all of the line leaves, whatever the kitchen was ever told of it.
    """

    to: LineId
    key: Key | None = None
    milli: int = 0


@dataclass(frozen=True, slots=True)
class Followed:
    """What of one ticket follows, as the old order and as the new one knows it."""

    ticket: Ticket
    gone: tuple[TicketLine, ...]
    come: tuple[TicketLine, ...]
    is_whole: bool
    """Whether nothing of the ticket stays: then the ticket itself goes."""

    @property
    def renamed(self) -> list[tuple[TicketLine, TicketLine]]:
        """What goes by another name than the ticket has."""
        pairs = zip(self.gone, self.come, strict=True)
        return [pair for pair in pairs if pair[0].line_id != pair[1].line_id]

    @property
    def left(self) -> tuple[TicketLine, ...]:
        """What stays on the ticket."""
        gone = {one.key: one.quantity_milli for one in self.gone}
        return tuple(
            replace(one, quantity_milli=one.quantity_milli - gone.get(one.key, 0))
            for one in self.ticket.lines
            if gone.get(one.key) != one.quantity_milli
        )


def follow(tickets: Sequence[Ticket], leaving: Mapping[LineId, Leaving]) -> list[Followed]:
    """Tell what of an order's tickets, oldest first, follows the lines that leave it.

    A part of a line takes with it what the kitchen was told first, as far as it was told and not
    taken back. What neither order has asked for or taken back yet is due on the one that it
    stands on, so nothing is cooked twice and nothing is taken back.
    """
    lines = chain.from_iterable(ticket.lines for ticket in tickets)
    notes = {one.key: one.note for one in lines}
    rest = _told(tickets, leaving)
    found: list[Followed] = []
    for ticket in tickets:
        gone: list[TicketLine] = []
        for line in ticket.lines:
            taken = _taken(line, leaving, rest)
            if taken is not None:
                gone.append(replace(line, quantity_milli=taken))
        if gone:
            come = [
                replace(one, line_id=leaving[one.line_id].to, note=notes[one.key]) for one in gone
            ]
            quantities = [one.quantity_milli for one in gone]
            is_whole = quantities == [one.quantity_milli for one in ticket.lines]
            found.append(Followed(ticket, tuple(gone), tuple(come), is_whole))
    return found


def _told(tickets: Iterable[Ticket], leaving: Mapping[LineId, Leaving]) -> dict[Key, int]:
    """Say how much of what only a part leaves of the kitchen knows of: that part at most."""
    told = {one.key: 0 for one in leaving.values() if one.key is not None}
    for ticket in tickets:
        for line in ticket.lines:
            if line.key in told:
                told[line.key] += line.quantity_milli
    return {
        one.key: min(one.milli, told[one.key]) for one in leaving.values() if one.key is not None
    }


def _taken(line: TicketLine, leaving: Mapping[LineId, Leaving], rest: dict[Key, int]) -> int | None:
    """Say how much of a ticket's line leaves; None where it is not concerned."""
    leave = leaving.get(line.line_id)
    if leave is None:
        return None
    if leave.key is None:
        return line.quantity_milli
    taken = min(line.quantity_milli, rest.get(line.key, 0))
    if taken <= 0:
        return None
    rest[line.key] -= taken
    return taken


def summed(lines: Iterable[tuple[TicketLine, bool]]) -> tuple[TicketLine, ...]:
    """Add up what a ticket says of each line, by and by; what moved away altogether is gone."""
    found: dict[Key, TicketLine] = {}
    moved: set[Key] = set()
    for line, is_moved in lines:
        before = found.get(line.key)
        milli = line.quantity_milli + (before.quantity_milli if before else 0)
        found[line.key] = replace(line, quantity_milli=milli)
        if is_moved:
            moved.add(line.key)
    return tuple(one for key, one in found.items() if one.quantity_milli or key not in moved)
