"""What one sale says to PostgreSQL, counted at the socket and at the statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.figures import heading, table

if TYPE_CHECKING:
    from bench.record import Recorder, Sale


async def measure(recorder: Recorder) -> dict[str, Any]:
    """Count a sale of each kind, once everything is prepared."""
    found = {
        "cash": _counted(await recorder.sale(0, by_card=False)),
        "card": _counted(await recorder.sale(0, by_card=True)),
    }
    _show(found)
    return found


def _counted(sale: Sale) -> list[dict[str, Any]]:
    return [
        {
            "request": request.name,
            "round_trips": request.traffic.round_trips,
            "statements": request.statements,
            "commits": request.commits,
            "prepared_anew": request.traffic["prepare"],
            "sql": [call.sql for call in request.calls],
        }
        for request in sale.requests
    ]


def _show(found: dict[str, Any]) -> None:
    heading("What a sale says to PostgreSQL (round trips counted at the socket)")
    names = ("round_trips", "statements", "commits", "prepared_anew")
    rows = []
    for kind, requests in found.items():
        rows += [(f"{kind}: {one['request']}", _line(one, names)) for one in requests]
        whole = {name: sum(request[name] for request in requests) for name in names}
        rows.append((f"{kind}: the whole sale", _line(whole, names)))
    table(rows)


def _line(counts: dict[str, Any], names: tuple[str, ...]) -> str:
    return ", ".join(f"{counts[name]:2} {name.replace('_', ' ')}" for name in names)
