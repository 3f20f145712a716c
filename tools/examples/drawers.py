"""Cash drawers: opened in the morning, closed in the evening."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tools.examples.orders import OTHER_TILL, TILL
from tools.examples.script import Call, named

if TYPE_CHECKING:
    from tools.examples.script import Step

SESSION: Final = named("The morning's float")
_PATH: Final = f"/drawers/sessions/{SESSION}"
_SAFE: Final = {"type": "drop", "amount": 2000, "reason": "to the safe"}


def _closing(said: dict[str, Any], *, off: int = 0) -> dict[str, int]:
    counted = said["The X report"]["expected"] + off
    return {"left_in_drawer": 5000, "deposit": counted - 5000, "counted": counted}


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
    Call(
        to=f"POST {_PATH}/close",
        title="Too much is missing",
        body=lambda said: _closing(said, off=-1500),
        status=403,
    ),
    Call(
        to=f"POST {_PATH}/close",
        title="Counted and closed",
        body=_closing,
        denied="kitchen",
    ),
    Call(
        to=f"POST {_PATH}/close",
        title="A key that was used",
        key="Counted and closed",
        body={"left_in_drawer": 0, "deposit": 0},
        status=422,
    ),
    Call(
        to=f"POST {_PATH}/close",
        title="It is closed already",
        body={"left_in_drawer": 0, "deposit": 0},
        status=422,
    ),
    Call(to=f"POST {_PATH}/movements", title="It is closed", body=_SAFE, status=422),
    Call(to=f"GET {_PATH}/report", title="The Z report", by="manager"),
)
