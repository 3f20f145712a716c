"""Signing in and out, places, and the rules of the shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.seed import LOCATION, PASSWORD, REGISTERS
from fynlo.staff.limits import PASSWORD_FAILURES_MAX
from tools.examples.script import Call

if TYPE_CHECKING:
    from tools.examples.script import Step
    from tools.examples.stage import Stage

_CASHIER: Final = {"email": "cashier@demo.fynlo.test", "password": PASSWORD}
_GUESS: Final = {"email": "kitchen@demo.fynlo.test", "password": "fynlo-guess"}


def _refresh_token(said: dict[str, Any]) -> dict[str, str]:
    return {"refresh_token": said["A cashier signs in"]["refresh_token"]}


MORNING: Final[tuple[Step, ...]] = (
    Call(to="POST /auth/login", title="A cashier signs in", body=_CASHIER, by=None),
    Call(
        to="POST /auth/login",
        title="A wrong password",
        body={**_CASHIER, "password": "fynlo-guess"},
        status=401,
        by=None,
    ),
    Call(to="GET /auth/me", title="The cashier"),
    Call(to="POST /auth/refresh", title="The next tokens", body=_refresh_token, by=None),
    Call(
        to="POST /auth/refresh",
        title="A token that was used",
        body=_refresh_token,
        status=401,
        by=None,
    ),
    Call(
        to="POST /auth/refresh",
        title="A token that is none",
        body={"refresh_token": "frt_unknown"},
        status=401,
        by=None,
    ),
    Call(to="GET /locations", title="All locations"),
    Call(to=f"GET /locations/{LOCATION}", title="One location"),
    Call(to="GET /registers", title="All registers"),
    Call(to=f"GET /registers?location_id={LOCATION}", title="The registers of a location"),
    Call(to=f"GET /registers/{REGISTERS[0]}", title="One register"),
    Call(to="GET /settings", title="The rules of the shop"),
    Call(
        to="PATCH /settings",
        title="Less change",
        body={"change_limit": 5000, "version": 1},
        by="owner",
        denied="cashier",
    ),
    Call(
        to="PATCH /settings",
        title="Somebody was faster",
        body={"change_limit": 2000, "version": 1},
        status=409,
        by="owner",
    ),
    Call(
        to=f"PATCH /locations/{LOCATION}/settings",
        title="A rule of one location",
        body={"drawer_tolerance": 200, "version": 1},
        by="owner",
        denied="cashier",
    ),
    Call(
        to=f"PATCH /locations/{LOCATION}/settings",
        title="Somebody was faster there",
        body={"drawer_tolerance": 300, "version": 1},
        status=409,
        by="owner",
    ),
    Call(to=f"GET /locations/{LOCATION}/settings", title="The rules of one location"),
    Call(
        to=f"PATCH /locations/{LOCATION}/settings",
        title="The merchant's rule again",
        body={"drawer_tolerance": None},
        by="owner",
    ),
)


async def _guess_a_password(stage: Stage) -> None:
    for _ in range(PASSWORD_FAILURES_MAX):
        await stage.send(
            Call(to="POST /auth/login", title="A guess", body=_GUESS, status=401, by=None)
        )


EVENING: Final[tuple[Step, ...]] = (
    _guess_a_password,
    Call(to="POST /auth/login", title="Too many guesses", body=_GUESS, status=429, by=None),
    Call(to="POST /auth/logout", title="The kitchen goes home", status=204, by="kitchen"),
)
