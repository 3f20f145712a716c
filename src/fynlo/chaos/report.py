"""What a run came to: figures for a person, and the same as data."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.markup import escape
from rich.table import Table

from fynlo.chaos.figures import Spread, histogram, spread
from fynlo.chaos.invariants import RULES
from fynlo.chaos.journal import DEADLINE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from fynlo.chaos.evidence import Evidence
    from fynlo.chaos.invariants import Breach
    from fynlo.chaos.journal import Attempt, Late
    from fynlo.chaos.postman import Postman
    from fynlo.chaos.trouble import Trouble

SHOWN_MAX: Final = 20
HEARD_SHOWN_MAX: Final = 12


class Kills(msgspec.Struct, frozen=True):
    """How often one kind of process was killed, and how long it took to be back."""

    times: int
    slowest_seconds: float
    never_back: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a run came to."""

    seed: int
    holds: bool
    seconds: float
    payments: int
    shapes: dict[str, dict[str, int]]
    outcomes: dict[str, int]
    steps: dict[str, int]
    faults: dict[str, int]
    kills: dict[str, Kills]
    operator_starts: int
    operator_start_tries: int
    webhooks_delivered: int
    webhook_answers: dict[str, int]
    process_seconds: Spread | None
    late_answers: list[str]
    truth: dict[str, int]
    truth_while_up: dict[str, int]
    peak_rss_mib: int
    given_up: list[str]
    exceptions: dict[str, int]
    rules: dict[str, int]
    breaches: list[dict[str, Any]]


def report(
    trouble: Trouble, postman: Postman, evidence: Evidence, found: Sequence[Breach], seconds: float
) -> Report:
    """Put everything together."""
    journal, server = evidence.journal, trouble.server
    attempts = list(journal.attempts.values())
    counted = Counter(one.rule for one in found)
    quiet = [one for one in attempts if not _overlaps(one, trouble.away)]
    return Report(
        seed=trouble.wish.seed,
        holds=not found,
        seconds=seconds,
        payments=len(attempts),
        shapes=journal.shapes,
        outcomes=_outcomes(evidence),
        steps=dict(trouble.steps),
        faults=dict(trouble.faults),
        kills=_kills(trouble),
        operator_starts=server.starts,
        operator_start_tries=server.start_tries,
        webhooks_delivered=postman.delivered,
        webhook_answers={str(status): n for status, n in postman.answers.items()},
        process_seconds=spread(journal.process_seconds),
        late_answers=[_late(one, trouble.away) for one in journal.late],
        truth=histogram(_truths(attempts)),
        truth_while_up=histogram(_truths(quiet)),
        peak_rss_mib=server.rss_kib // 1024,
        given_up=journal.given_up[:SHOWN_MAX],
        exceptions=dict(Counter(one["kind"] for one in evidence.exceptions)),
        rules={rule: counted[rule] for rule in RULES},
        breaches=[_shown(one, journal.attempts) for one in found],
    )


def _outcomes(evidence: Evidence) -> dict[str, int]:
    counted: Counter[str] = Counter(one["status"] for one in evidence.transactions.values())
    for attempt in evidence.journal.attempts.values():
        if attempt.key not in evidence.transactions:
            counted[f"refused: {attempt.refusal or 'no answer'}"] += 1
    return dict(counted)


def _kills(trouble: Trouble) -> dict[str, Kills]:
    found: dict[str, Kills] = {}
    for target in dict.fromkeys(one.target for one in trouble.server.kills):
        mine = [one.seconds for one in trouble.server.kills if one.target is target]
        back = [seconds for seconds in mine if seconds is not None]
        found[target] = Kills(len(mine), max(back, default=0.0), len(mine) - len(back))
    return found


def _truths(attempts: Sequence[Attempt]) -> list[float]:
    """Return how long each till did not know, of those that came to know."""
    return [
        one.known_at - one.unsure_at
        for one in attempts
        if one.unsure_at is not None
        and one.known_at is not None
        and not any(heard.word == "requires_action" for heard in one.heard)
    ]


def _overlaps(attempt: Attempt, away: Sequence[tuple[float, float]]) -> bool:
    """Whether the provider or the server was away while this till wanted to know."""
    if attempt.unsure_at is None or attempt.known_at is None:
        return False
    return any(began <= attempt.known_at and ended >= attempt.unsure_at for began, ended in away)


def _late(late: Late, away: Sequence[tuple[float, float]]) -> str:
    """Tell of a late answer, and whether something had been killed or away meanwhile."""
    began = late.at - late.seconds
    excuse = any(start <= late.at and end >= began for start, end in away)
    return f"{late.seconds:.1f} s: {late.answer}" + (" (something was away)" * excuse)


def _shown(breach: Breach, attempts: Mapping[str, Attempt]) -> dict[str, Any]:
    shown: dict[str, Any] = asdict(breach)
    attempt = attempts.get(breach.subject)
    if attempt is not None:
        shown |= {"order_id": attempt.order_id, "shape": attempt.shape, "till": attempt.till}
        shown["heard"] = [
            f"{one.at - attempt.heard[0].at:+.2f} {one.road} {one.status} {one.word}"
            for one in attempt.heard[:HEARD_SHOWN_MAX]
        ]
    return shown


def show(made: Report, console: Console) -> None:
    """Print it for a person."""
    console.print(_sales(made))
    console.print(_table("Trouble", {**made.steps, **_prefixed("fault ", made.faults)}))
    for target, kills in made.kills.items():
        console.print(
            f"{target}: killed {kills.times} times, back after at most "
            f"{kills.slowest_seconds:.1f} s"
            + f", {kills.never_back} times not"
            * (kills.never_back > 0)
        )
    console.print(
        f"the operator started the server {made.operator_starts} times "
        f"({made.operator_start_tries} tries)"
    )
    if made.webhook_answers:
        console.print(f"notifications brought again: {made.webhook_answers}")
    if made.process_seconds is not None:
        times = made.process_seconds
        console.print(
            f"POST process: p50 {times.p50:.2f} s, p95 {times.p95:.2f} s, p99 {times.p99:.2f} s, "
            f"max {times.max:.2f} s; {len(made.late_answers)} of {times.count} later than "
            f"{DEADLINE_SECONDS:.0f} s"
        )
    for late in made.late_answers[:SHOWN_MAX]:
        console.print(f"  late: {late}")
    console.print(_table("Seconds until a till that did not know knew", made.truth))
    console.print(_table("… while nothing was away", made.truth_while_up))
    console.print(f"an API process had at most {made.peak_rss_mib} MiB")
    if made.exceptions:
        console.print(f"exceptions for a person: {made.exceptions}")
    for rule, count in made.rules.items():
        console.print(f"[red]✗[/red] {rule}: {count}" if count else f"[green]✓[/green] {rule}")
    for breach in made.breaches[:SHOWN_MAX]:
        console.print(escape("  ".join(f"{key}={value}" for key, value in breach.items())))
    console.print(f"seed {made.seed}")


def _prefixed(prefix: str, counts: Mapping[str, int]) -> dict[str, int]:
    return {prefix + name: count for name, count in counts.items()}


def _sales(made: Report) -> Table:
    table = Table(title=f"{made.payments} payments in {made.seconds:.0f} s")
    table.add_column("sale")
    table.add_column("how they ended")
    for shape, words in sorted(made.shapes.items()):
        table.add_row(shape, ", ".join(f"{word} {n}" for word, n in sorted(words.items())))
    table.add_section()
    for outcome, count in sorted(made.outcomes.items()):
        table.add_row(f"all: {outcome}", str(count))
    return table


def _table(title: str, counts: Mapping[str, int]) -> Table:
    table = Table(title=title, show_header=False)
    for name, count in counts.items():
        table.add_row(name, str(count))
    return table
