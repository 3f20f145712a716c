"""Breadth first through all worlds that may come, each once, holding every one to the promises."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.plan import has_loose_ends
from fynlo.payments.model.transaction import FINAL, Status
from tests.payments.explore.bank import Intent, Oracle, Violation
from tests.payments.explore.world import (
    Request,
    World,
    is_for_a_person,
    made,
    passed,
    settle,
    steps,
)
from tests.payments.shapes import NOW

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import OperationId, TenderId
    from fynlo.payments.model.transaction import Operation, Tender
    from fynlo.payments.settle import Reply

STEPS_TO_THE_END_MAX: Final = 80
_AGES: Final = (
    timedelta(seconds=10),
    timedelta(minutes=15),
    timedelta(hours=23),
    timedelta(days=1),
)
_TAKEN: Final = {Intent.CAPTURED, Intent.RETURNING}
_OPEN: Final = {Intent.HELD, Intent.ACTION, *_TAKEN}
_UNDONE: Final = FINAL - {Status.COMPLETED}


def _age(now: datetime, then: datetime) -> int:
    return sum(now - then >= limit for limit in _AGES)


def canonical(world: World) -> tuple[Any, ...]:
    """Tell worlds apart by what matters: not by names, nor by the order of like tenders."""
    one = world.transaction
    tenders = sorted((_tender(world, tender) for tender in one.tenders), key=hash)
    if world.due is None and not (world.todo or world.late or world.replies or world.sight):
        return (one.status, *(tender[:6] for tender in tenders))
    return (
        *(one.goal, one.status, one.needs_attention, _age(world.now, one.started_at)),
        *(world.now >= one.deadline_at, world.due is None, world.misfortunes, tuple(tenders)),
        *(bool(world.oddities), _age(world.now, NOW)),
    )


def _tender(world: World, tender: Tender) -> tuple[Any, ...]:
    operations = [one for one in world.transaction.operations if one.tender_id == tender.id]
    operations.sort(key=lambda one: (one.kind, one.attempt))
    ids = [one.id for one in operations]
    return (
        *(tender.type, tender.state, tender.exposed, tender.provider_reference is None),
        *(tender.awaits_confirmation, world.books.intents.get(tender.id)),
        tuple(_operation(world, one) for one in operations),
        tuple(_request(world, one) for one in world.todo if one.operation_id in ids),
        tuple(_request(world, one) for one in world.late if one.operation_id in ids),
        tuple(_reply(ids, one) for one in world.replies if one.operation_id in ids),
        world.sight and world.sight.operation_id in ids and _reply(ids, world.sight),
    )


def _operation(world: World, one: Operation) -> tuple[Any, ...]:
    kept = world.books.keys.get(one.id)
    return (
        *(one.kind, one.attempt, one.state, _age(world.now, one.first_sent_at)),
        *(one.lease_until <= world.now, one.looks > 0),
        kept and (_said(kept.answer), kept.is_burned, _age(world.now, kept.at)),
    )


def _reply(ids: list[OperationId], reply: Reply) -> tuple[Any, ...]:
    seen = reply.seen and (reply.seen.state, reply.seen.looks, reply.seen.lease_until)
    return (ids.index(reply.operation_id), _said(reply.found), seen)


def _said(found: object) -> tuple[Any, ...]:
    return (type(found).__name__, getattr(found, "standing", None))


def _request(world: World, request: Request) -> tuple[Any, ...]:
    told = request.told
    return (
        *(request.errand.operation.kind, request.errand.operation.attempt, request.errand.way),
        *(told.reference is None, told.is_repeat, told.age > timedelta(hours=22)),
    )


def must_be_right(world: World) -> None:
    """Hold one world to what must be true at every moment."""
    one, intents = world.transaction, world.books.intents
    provided = [tender for tender in one.tenders if tender.is_provided]
    states = [intents.get(tender.id) for tender in provided]
    loose = has_loose_ends(one)
    if one.status is Status.COMPLETED:
        _must(set(states) <= {Intent.CAPTURED}, "completed, and not all of it was taken")
    if one.status in _UNDONE:
        _must(not set(states) & _TAKEN, f"{one.status}, though money is taken")
        _must(loose or not set(states) & _OPEN, f"{one.status} with an end that nobody sees")
    _must((world.due is None) is not loose, "somebody must look again, or nobody must")
    _must(one.status in FINAL or loose, "nothing is left to do, and it is not decided")
    _must(not one.reserved or one.status not in FINAL, "reserved for what is decided")
    for tender in one.tenders:
        one.live_operation(tender.id)  # It asserts that there is at most one.
        if not tender.is_provided:
            done = tender.state is TenderState.CAPTURED
            _must(done == (one.status is Status.COMPLETED), "cash was taken before its time")
    _must(not world.oddities, f"the truth was called {world.oddities}")


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Violation(otherwise)


@dataclass
class Search:
    """What was seen, and how far it went."""

    worlds_max: int
    seen: set[tuple[Any, ...]] = field(default_factory=set)
    ends: set[tuple[Any, ...]] = field(default_factory=set)
    depth: int = 0
    is_complete: bool = True

    def run(self, first: World) -> Search:
        """Look at everything within reach, nearest first; a violation tells its story."""
        level = [first]
        self.seen.add(canonical(first))
        while level:
            following: list[World] = []
            for world in level:
                self._look_at(world, following)
                if len(self.seen) >= self.worlds_max:
                    self.is_complete = False
                    return self
            level = following
            self.depth += bool(level)
        return self

    def _look_at(self, world: World, following: list[World]) -> None:
        story = world.story
        try:
            must_be_right(world)
            self._must_end(world)
            for after in steps(world):
                story = after.story
                name = canonical(after)
                if name not in self.seen:
                    self.seen.add(name)
                    following.append(after)
        except Violation as problem:
            raise Violation(
                "\n  ".join([str(problem), *(" ".join(map(str, part)) for part in story)])
            ) from problem

    def _must_end(self, world: World) -> None:
        """From here, with nothing going wrong any more, it ends; and it ends right."""
        passed_by = []
        world = replace(world, misfortunes=0)
        for _ in range(STEPS_TO_THE_END_MAX):
            name = canonical(world)
            if name in self.ends:
                break
            passed_by.append(name)
            if world.due is None or is_for_a_person(world):
                self._must_be_an_end(world)
                break
            world = healthy(world)
            must_be_right(world)
        else:
            raise Violation(f"it does not end: {world.transaction}")
        self.ends.update(passed_by)

    def _must_be_an_end(self, world: World) -> None:
        one = world.transaction
        if world.due is None:
            _must(one.status in FINAL and not one.needs_attention, "an end that is none")
            rest = set(world.books.intents.values())
            right = (
                {Intent.CAPTURED}
                if one.status is Status.COMPLETED
                else {*(Intent.CANCELED, Intent.RETURNED)}
            )
            _must(rest <= right, f"{one.status}, and at the provider {rest}")


def healthy(world: World) -> World:
    """Go on as it goes when nothing is wrong; nobody answers the bank any more."""
    world = replace(world, late=(), replies=(), sight=None)
    if world.todo:
        replies = []
        todo, world = world.todo, replace(world, todo=())
        for request in todo:
            world, reply = made(world, request, Oracle(()))
            replies.append(reply)
        return settle(world, *replies)
    due = world.due
    if due is None:
        return world
    intents: dict[TenderId, Intent] = {
        tender_id: Intent.RETURNED if state is Intent.RETURNING else state
        for tender_id, state in world.books.intents.items()
    }
    world = replace(world, books=replace(world.books, intents=intents))
    return passed(world, max(due - world.now, timedelta(0)))
