"""A machine goes where its table says, and nowhere else."""

from __future__ import annotations

from enum import StrEnum

import pytest

from fynlo.kernel.machine import IllegalTransition, Machine


class Door(StrEnum):
    """Two states."""

    OPEN = "open"
    SHUT = "shut"


class Act(StrEnum):
    """Two events."""

    PULL = "pull"
    PUSH = "push"


DOOR = Machine("door", {Door.OPEN: {Act.PULL: Door.SHUT}, Door.SHUT: {Act.PUSH: Door.OPEN}})


def test_a_listed_event_leads_on() -> None:
    assert DOOR.next(Door.OPEN, Act.PULL) is Door.SHUT
    assert DOOR.allows(Door.OPEN, Act.PULL)


def test_an_event_that_is_not_listed_is_refused_with_the_state_it_met() -> None:
    assert not DOOR.allows(Door.OPEN, Act.PUSH)
    with pytest.raises(IllegalTransition, match="The door is open; it cannot push") as refusal:
        DOOR.next(Door.OPEN, Act.PUSH)
    assert refusal.value.facts == {"machine": "door", "from": "open", "event": "push"}
