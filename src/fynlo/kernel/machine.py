"""A state machine is a table of data: for each state, which event leads where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from fynlo.kernel.errors import DomainError, Kind, Retry

if TYPE_CHECKING:
    from collections.abc import Mapping

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class IllegalTransition(DomainError):
    """The thing is in a state that this event cannot leave."""

    kind = Kind.CONFLICT
    code = "illegal-transition"
    title = "This cannot be done in the present state."
    retry = Retry.NEVER


@dataclass(frozen=True)
class Machine(Generic[S, E]):
    """A named transition table. An event that a state does not list is refused."""

    name: str
    table: Mapping[S, Mapping[E, S]]

    def next(self, state: S, event: E) -> S:
        """Follow one event; `IllegalTransition` (with `from`, `event`) where there is no way."""
        if event in self.table[state]:
            return self.table[state][event]
        message = f"The {self.name} is {state}; it cannot {event}."
        raise IllegalTransition(
            message, **{"machine": self.name, "from": state.value, "event": event.value}
        )

    def allows(self, state: S, event: E) -> bool:
        """Whether the event leads anywhere from this state."""
        return event in self.table[state]
