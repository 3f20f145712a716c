"""A transaction, its provider, its workers and the time: one value, and all that may happen next.

The engine's own pure parts decide (`decide`, `expire`, `hear`, `perform`, and which calls are taken
up again); only rows and sockets are missing. Misfortunes are counted, so that a search ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

from fynlo.kernel.ids import MerchantId
from fynlo.payments import advance
from fynlo.payments.model.hear import hear, hear_of, latest_operation
from fynlo.payments.model.machines import OperationState
from fynlo.payments.model.plan import Decision, decide, due_at, expire, may_be_sent_again
from fynlo.payments.model.transaction import FINAL, Goal, Kind
from fynlo.payments.perform import Errand, Way, instruction, look, perform
from fynlo.payments.settle import Reply
from tests.payments.explore.bank import NOTHING, Bank, Books, Intent, Oracle, Violation
from tests.payments.shapes import LEASE, NOW, STAFF

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from datetime import datetime

    from fynlo.kernel.ids import OperationId
    from fynlo.payments.model.hear import Oddity
    from fynlo.payments.model.transaction import Operation, Transaction
    from fynlo.payments.providers.port import Instruction

T = TypeVar("T")

SHOP: Final = MerchantId(UUID(int=7))
TAKES: Final = frozenset({Kind.CHARGE, Kind.AUTHORIZE, Kind.CAPTURE})
A_DAY: Final = timedelta(hours=24)
QUARTER: Final = timedelta(minutes=16)


@dataclass(frozen=True)
class Request:
    """A call that a worker is about to make, as it knew things when it took it up."""

    errand: Errand
    told: Instruction

    def __repr__(self) -> str:
        operation = self.errand.operation
        return f"{self.errand.way} {operation.kind} {str(operation.tender_id)[:4]}"

    @property
    def operation_id(self) -> OperationId:
        return self.errand.operation.id


@dataclass(frozen=True)
class World:
    """Everything, at one moment."""

    transaction: Transaction
    books: Books
    now: datetime
    due: datetime | None
    misfortunes: int  # How many may still happen.
    todo: tuple[Request, ...] = ()  # What the worker that took it up does next.
    late: tuple[Request, ...] = ()  # On its way to the provider; its worker died or waits.
    replies: tuple[Reply, ...] = ()  # On their way to us.
    sight: Reply | None = None  # What somebody saw who looked, on its way to us.
    oddities: tuple[Oddity, ...] = ()
    story: tuple[tuple[object, ...], ...] = ()


def begin(opened: Transaction, misfortunes: int) -> World:
    """Journal a new transaction."""
    world = World(opened, NOTHING, NOW, None, misfortunes)
    return _planned(world, opened)


def _planned(world: World, changed: Transaction) -> World:
    """Decide, and note what must be sent."""
    decision = _decided(changed, world.now)
    return _recorded(world, decision.transaction, tuple(Errand(one) for one in decision.sends))


def _decided(changed: Transaction, now: datetime) -> Decision:
    """Decide. Nothing is taken for nothing, and deciding again changes nothing."""
    decision = decide(changed, now, LEASE)
    after = decision.transaction
    if after.goal is not Goal.COMPLETE:
        takes = [one for one in decision.sends if one.kind in TAKES]
        _must(not takes, "something was to be taken that nobody wants any more")
    again = decide(after, now, LEASE)
    _must(again.transaction == after and not again.sends, "deciding again decides otherwise")
    return decision


def _recorded(world: World, after: Transaction, errands: tuple[Errand, ...]) -> World:
    before = world.transaction
    if before.status in FINAL:
        _must(after.status is before.status, "a final status changed")
        _must(after.completed_at == before.completed_at, "when it ended changed")
    requests = tuple(Request(one, _told(after, one.operation, world.now)) for one in errands)
    return replace(
        world,
        transaction=after,
        due=due_at(after, world.now),
        todo=(*world.todo, *requests),
    )


def _told(transaction: Transaction, operation: Operation, now: datetime) -> Instruction:
    return instruction(SHOP, 1, transaction, operation, now)


def take_up(
    world: World,
    change: Callable[[Transaction], Transaction] | None = None,
    *,
    look_again: bool = False,
) -> World:
    """What `advance.take_up` does between its lock and its record."""
    before = world.transaction
    changed = expire(change(before) if change else before, world.now)
    decision = _decided(changed, world.now)
    new = {one.id for one in decision.sends}
    transaction, errands = decision.transaction, [Errand(one) for one in decision.sends]
    for operation in transaction.operations:
        free = advance._is_free(operation, world.now, look_again=look_again)
        if operation.id in new or not free:
            continue
        leased = advance.leased(operation, world.now, LEASE)
        transaction = transaction.with_operation(leased)
        again = operation.is_live and may_be_sent_again(transaction, operation, world.now)
        errands.append(Errand(leased, Way.SEND if again else Way.LOOK))
    for one in errands:
        if transaction.goal is not Goal.COMPLETE and one.way is Way.SEND:
            _must(one.operation.kind not in TAKES, "what nobody wants was to be sent")
    return _recorded(world, transaction, tuple(errands))


def settle(world: World, *replies: Reply) -> World:
    """What `settle.settle` does between its lock and its record."""
    after, odd = world.transaction, world.oddities
    for reply in replies:
        heard = (
            hear(after, reply.operation_id, reply.found)
            if reply.seen is None
            else hear_of(after, reply.seen, reply.found)
        )
        after = heard.transaction
        odd = (*odd, heard.oddity) if heard.oddity is not None else odd
    return _planned(replace(world, oddities=odd), after)


def made(world: World, request: Request, oracle: Oracle) -> tuple[World, Reply]:
    """Let one request meet the provider."""
    errand = request.errand
    bank = Bank(
        world.books,
        world.now,
        oracle,
        misfortunes=world.misfortunes,
        may_act=errand.way is Way.SEND,
    )
    found = _run(perform(bank, errand, request.told))
    world = replace(world, books=bank.books, misfortunes=bank.misfortunes)
    return world, Reply(request.operation_id, found)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run what never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        found: T = done.value
        return found
    raise AssertionError


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Violation(otherwise)


def _then(world: World, *more: object) -> World:
    return replace(world, story=(*world.story, more))


def steps(world: World) -> Iterator[World]:
    """All that may happen now."""
    for make in (_answers, _together, _misfortunes, _lateness, _looks, _people, _time, _provider):
        yield from make(world)


def _every(run: Callable[[Oracle], World]) -> Iterator[World]:
    """Run once for every way in which the oracle may answer."""
    scripts: list[list[int]] = [[]]
    while scripts:
        script = scripts.pop()
        oracle = Oracle(script)
        yield run(oracle)
        scripts += oracle.others(len(script))


def _answers(world: World) -> Iterator[World]:
    """One request is made, and its answer recorded at once."""
    for request in world.todo:
        rest = tuple(one for one in world.todo if one is not request)
        without = replace(world, todo=rest)

        def run(oracle: Oracle, request: Request = request, without: World = without) -> World:
            after, reply = made(without, request, oracle)
            return _then(settle(after, reply), request, reply.found)

        yield from _every(run)


def _together(world: World) -> Iterator[World]:
    """All requests are made, and their answers recorded in one commit, as a request does."""
    if len(world.todo) < 2:
        return

    def run(oracle: Oracle) -> World:
        after, replies = replace(world, todo=()), []
        lucky = replace(after, misfortunes=0)
        for request in world.todo:
            lucky, reply = made(lucky, request, oracle)
            replies.append(reply)
        after = settle(replace(after, books=lucky.books), *replies)
        return _then(after, "together", [one.found for one in replies])

    yield from _every(run)


def _misfortunes(world: World) -> Iterator[World]:
    """The worker dies, or one of its requests or answers is long on its way."""
    if not world.todo or not world.misfortunes:
        return
    unlucky = replace(world, misfortunes=world.misfortunes - 1)
    yield _then(replace(unlucky, todo=()), "the worker dies")
    for request in world.todo:
        rest = tuple(one for one in world.todo if one is not request)
        without = replace(unlucky, todo=rest)
        if not world.late:
            late = replace(without, late=(request,))
            yield _then(late, request, "on its way")
        if not world.replies:

            def run(oracle: Oracle, request: Request = request, without: World = without) -> World:
                after, reply = made(without, request, oracle)
                return _then(replace(after, replies=(reply,)), request, reply.found, "unheard")

            yield from _every(run)


def _lateness(world: World) -> Iterator[World]:
    """What was on its way arrives: a request, whose answer is then recorded; an answer; twice."""
    for request in world.late:

        def run(oracle: Oracle, request: Request = request) -> World:
            after, reply = made(replace(world, late=()), request, oracle)
            return _then(settle(after, reply), "late", request, reply.found)

        yield from _every(run)
    for reply in world.replies:
        once = settle(replace(world, replies=()), reply)
        yield _then(once, "late", reply.found)
        yield _then(settle(once, reply), "late, twice", reply.found)


def _looks(world: World) -> Iterator[World]:
    """The provider says that something happened, so somebody looks; what is seen may be late."""
    if world.sight is not None:
        yield _then(
            settle(replace(world, sight=None), world.sight), "late sight", world.sight.found
        )
        return
    for tender_id in world.books.intents:
        seen = latest_operation(world.transaction, tender_id)
        told = replace(_told(world.transaction, seen, world.now), reference=f"pi_{tender_id}")
        bank = Bank(world.books, world.now, Oracle(()), misfortunes=0, may_act=False)
        found = _run(look(bank, told))
        assert found is not None
        sight = Reply(seen.id, found, seen)
        yield _then(settle(world, sight), "sight", found)
        if world.misfortunes:
            unlucky = replace(world, sight=sight, misfortunes=world.misfortunes - 1)
            yield _then(unlucky, "sight, unheard", found)


def _people(world: World) -> Iterator[World]:
    """Somebody gives it up, vouches for the transfer, or asks again after the bank's page."""
    transaction = world.transaction
    if transaction.status not in FINAL and transaction.goal is Goal.COMPLETE:
        given_up = take_up(world, lambda one: replace(one, goal=Goal.CANCEL))
        yield _then(given_up, "cancel")
        if any(one.awaits_confirmation for one in transaction.tenders):
            yield _then(take_up(world, _vouched, look_again=True), "vouch")
    if _waits(transaction) and not world.todo:
        yield _then(take_up(world, look_again=True), "confirm")


def _waits(transaction: Transaction) -> bool:
    return any(one.state is OperationState.ACTION for one in transaction.operations)


def _vouched(transaction: Transaction) -> Transaction:
    for tender in transaction.tenders:
        if tender.awaits_confirmation:
            transaction = transaction.with_tender(replace(tender, confirmed_by=STAFF))
    return transaction


def _time(world: World) -> Iterator[World]:
    """Time passes: until somebody must look again, a quarter of an hour, a day."""
    if world.todo:
        return  # Its worker lives: it goes on at once.
    if world.due is not None:
        yield _then(passed(world, max(world.due - world.now, timedelta(0))), "due")
    yield _then(passed(world, QUARTER), "16 min")
    # By tomorrow what was on its way has arrived or never will.
    yield _then(passed(replace(world, late=()), A_DAY), "24 h")


def passed(world: World, while_: timedelta) -> World:
    """Let time pass; whoever looks for what is due takes it up."""
    world = replace(world, now=world.now + while_)
    if world.due is None or world.due > world.now:
        return world
    return take_up(world, look_again=True)


def _provider(world: World) -> Iterator[World]:
    """Customers answer their bank, refunds come to an end, a hold is given up in the dashboard."""
    for tender_id, state in world.books.intents.items():
        moves: tuple[Intent, ...] = ()
        if state is Intent.ACTION:
            automatic = world.books.is_automatic[tender_id]
            moves = (Intent.CAPTURED if automatic else Intent.HELD, Intent.DECLINED)
        elif state is Intent.RETURNING:
            moves = (Intent.RETURNED, Intent.CAPTURED)
        for move in moves:
            moved = replace(world, books=world.books.with_intent(tender_id, move))
            yield _then(moved, state, "becomes", move)
        if state is Intent.HELD and world.misfortunes:
            gone = world.books.with_intent(tender_id, Intent.CANCELED)
            unlucky = replace(world, books=gone, misfortunes=world.misfortunes - 1)
            yield _then(unlucky, "a hold is gone")


def is_for_a_person(world: World) -> bool:
    """Whether nobody can know: a call so old that its key is forgotten, and nothing is there."""
    return any(
        one.is_live
        and world.now >= one.first_sent_at + timedelta(hours=23)
        and one.tender_id not in world.books.intents
        for one in world.transaction.operations
    )
