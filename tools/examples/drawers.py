"""Cash drawers: opened in the morning, counted and closed in the evening."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tools.examples.orders import OTHER_TILL, TILL
from tools.examples.script import Call, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.examples.script import Step

SESSION: Final = named("The morning's float")
_OTHER: Final = named("The other till's float")
_PATH: Final = f"/drawers/sessions/{SESSION}"
_SAFE: Final = {"type": "drop", "amount": 2000, "reason": "to the safe"}


_MISSING: Final = 1500
_REASON: Final = "15.00 were paid out for milk without a word."


def _found(said: dict[str, Any]) -> dict[str, int]:
    return {"counted": said["The X report"]["expected"] - _MISSING}


def _parts(said: dict[str, Any], *, off: int = 0) -> dict[str, int]:
    found = said["The X report"]["expected"] - _MISSING
    return {"left_in_drawer": 5000, "deposit": found - 5000 + off}


def _not_by(*others: tuple[str, dict[str, str]]) -> Iterator[Call]:
    """Close with somebody who cannot allow it."""
    for who, stands in others:
        yield Call(
            to=f"POST {_PATH}/close",
            title=f"Too much is missing: {who}",
            body=lambda said, by=stands: {**_parts(said), "reason": _REASON, "approval": by},
            status=403,
        )


OPENING: Final[tuple[Step, ...]] = (
    Call(
        to="POST /drawers/sessions",
        title="The morning's float",
        body={"register_id": TILL, "denominations": {"1000": 6, "500": 6, "100": 10}},
        status=201,
        denied="kitchen",
    ),
    Call(
        to="POST /drawers/sessions",
        title="It is open already",
        body={"register_id": TILL, "opening_amount": 10_000},
        status=409,
    ),
    Call(
        to="POST /drawers/sessions",
        title="A key that was used",
        key="The morning's float",
        body={"register_id": TILL, "opening_amount": 5000},
        status=422,
    ),
    Call(
        to=f"GET /drawers/sessions/current?register_id={TILL}",
        title="The open drawer",
        denied="kitchen",
    ),
    Call(
        to=f"GET /drawers/sessions/current?register_id={OTHER_TILL}",
        title="No drawer is open",
        status=404,
    ),
)

EVENING: Final[tuple[Step, ...]] = (
    Call(
        to=f"POST {_PATH}/movements",
        title="Cash to the safe",
        body=_SAFE,
        status=201,
        denied="kitchen",
    ),
    Call(
        to=f"POST {_PATH}/movements",
        title="A key that was used",
        key="Cash to the safe",
        body={**_SAFE, "amount": 3000},
        status=422,
    ),
    Call(to=f"GET {_PATH}/report", title="The X report", by="manager", denied="cashier"),
    Call(to=f"POST {_PATH}/close", title="Nobody counted", body=_parts, status=422),
    Call(to=f"POST {_PATH}/count", title="A blind count", body=_found, denied="kitchen"),
    Call(
        to=f"POST {_PATH}/count",
        title="It was counted",
        body={"counted": 10_000},
        status=409,
    ),
    Call(
        to=f"POST {_PATH}/count",
        title="A key that was used",
        key="A blind count",
        body={"counted": 10_000},
        status=422,
    ),
    Call(to=f"POST {_PATH}/close", title="Too much is missing", body=_parts, status=403),
    *_not_by(
        ("a wrong password", {"email": "owner@demo.fynlo.test", "password": "not the password"}),
        ("their own", {"email": "cashier@demo.fynlo.test", "pin": "1234"}),
    ),
    Call(to=f"POST {_PATH}/count", title="A manager counts again", body=_found, by="manager"),
    Call(
        to=f"POST {_PATH}/close",
        title="Not what was counted",
        body=lambda said: _parts(said, off=100),
        status=422,
        by="owner",
    ),
    Call(
        to=f"POST {_PATH}/close",
        title="Closed with a difference",
        body=lambda said: {**_parts(said), "reason": _REASON},
        by="owner",
        denied="kitchen",
    ),
    Call(
        to=f"POST {_PATH}/close",
        title="A key that was used",
        key="Closed with a difference",
        body={"left_in_drawer": 0, "deposit": 0},
        status=422,
        by="owner",
    ),
    Call(
        to=f"POST {_PATH}/close",
        title="It is closed already",
        body={"left_in_drawer": 0, "deposit": 0},
        status=409,
    ),
    Call(to=f"POST {_PATH}/count", title="It is closed", body={"counted": 0}, status=409),
    Call(to=f"POST {_PATH}/movements", title="It is closed", body=_SAFE, status=409),
    Call(to=f"GET {_PATH}/report", title="The Z report", by="manager"),
    Call(
        to="POST /drawers/sessions",
        title="The other till's float",
        body={"register_id": OTHER_TILL, "opening_amount": 5000},
        status=201,
        shown=False,
    ),
    Call(
        to=f"POST /drawers/sessions/{_OTHER}/count",
        title="A count in pieces",
        body={"denominations": {"1000": 3, "500": 3, "100": 5}},
    ),
    Call(
        to=f"POST /drawers/sessions/{_OTHER}/close",
        title="Closed by a cashier",
        body={"left_in_drawer": 5000, "deposit": 0},
    ),
)
