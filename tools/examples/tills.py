"""An existing till: it signs in, opens, sells with each of its bodies, counts and goes home."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fynlo.compat.ports import Identities
from fynlo.config import Config
from fynlo.main import create_app
from fynlo.seed import PASSWORD
from fynlo.staff.limits import PASSWORD_FAILURES_MAX
from tests.support.serve import serve
from tools.examples.orders import TILL
from tools.examples.script import Call, named, product
from tools.examples.till_orders import EDITED, SHORT, SIDE, TAKEN, at, key, took
from tools.examples.till_payments import CASH, PAID

if TYPE_CHECKING:
    from tools.examples.script import Step
    from tools.examples.stage import Stage

_WHO: Final = "cashier@demo.fynlo.test"


class _Known:
    """An identity provider that knows two people."""

    async def email_of(self, token: str) -> str | None:
        """Return the e-mail of whom it gave the token."""
        return {"a token of the provider": _WHO, "a stranger's": "nobody@fynlo.test"}.get(token)


async def _with_a_provider(stage: Stage) -> None:
    wiring = replace(stage.shop.wiring, identities=Identities(_Known()))
    app = create_app(Config(), lambda _: nullcontext(wiring))
    async with serve(app) as url:
        theirs = replace(stage, app=app, shop=replace(stage.shop, url=url))
        for token in ("a token of the provider", "a stranger's", "another"):
            await theirs.play(
                Call(
                    to="POST /auth/verify",
                    title=f"By the provider: {token}",
                    body={"token": token},
                    status=200 if token == "a token of the provider" else 401,  # noqa: S105
                    by=None,
                )
            )


_GUESS: Final = {"email": "kitchen@demo.fynlo.test", "password": "a guess"}


async def _guess(stage: Stage) -> None:
    for _ in range(PASSWORD_FAILURES_MAX):
        await stage.send(
            Call(to="POST /till/auth/login", title="A guess", body=_GUESS, status=401, by=None)
        )


_PEOPLE: Final[tuple[Step, ...]] = (
    Call(
        to="POST /till/auth/login",
        title="The till signs in",
        body={"email": _WHO, "password": PASSWORD},
        by=None,
    ),
    Call(
        to="POST /till/auth/login",
        title="The older body",
        body={"username": _WHO, "password": PASSWORD, "device_id": "ipad-7"},
        by=None,
    ),
    Call(
        to="POST /till/auth/login",
        title="A wrong password",
        body={"email": _WHO, "password": "wrong"},
        status=401,
        by=None,
    ),
    _guess,
    Call(to="POST /till/auth/login", title="Too many guesses", body=_GUESS, status=429, by=None),
    Call(
        to="POST /till/auth/refresh",
        title="New tokens for the till",
        body=lambda said: {"refresh_token": said["The till signs in"]["refresh_token"]},
        by=None,
    ),
    Call(
        to="POST /till/auth/refresh",
        title="A token that was used",
        body=lambda said: {"refresh_token": said["The till signs in"]["refresh_token"]},
        status=401,
        by=None,
    ),
    Call(
        to="POST /till/auth/refresh",
        title="No token of ours",
        body={"refresh_token": "frt_unknown"},
        status=401,
        by=None,
    ),
    Call(to="GET /auth/validate", title="Whose token it is"),
    Call(to="POST /auth/validate", title="Whose token it is, by POST"),
    Call(
        to="POST /auth/verify",
        title="No provider is set up",
        body={"token": "a token of the provider"},
        status=404,
        by=None,
    ),
    _with_a_provider,
)

_MENU: Final[tuple[Step, ...]] = (
    Call(to="GET /till/products?search=chips&limit=2", title="What has chips in its name"),
    Call(to="GET /products/mobile", title="The whole menu"),
    Call(
        to=f"GET /products/category/{named('category:Sides')}",
        title="A part of the menu",
    ),
    Call(to="GET /products/barcode/5000112637922", title="What has this barcode"),
    Call(to="POST /products/search", title="A search", body={"query": "chips"}),
    Call(
        to="POST /products/batch",
        title="By their ids",
        body={"ids": [product("Chips"), str(named("nothing"))]},
    ),
    Call(to="GET /products/categories", title="The parts of the menu"),
    Call(to="GET /till/categories", title="The same parts"),
)

_OPENED: Final[tuple[Step, ...]] = (
    Call(to="GET /pos/sessions/current", title="Nothing is open", status=404),
    Call(
        to="POST /pos/sessions",
        title="The till opens",
        body={"config_id": TILL, "startingCash": 50},
        headers=key("The till opens"),
        status=201,
        denied="kitchen",
    ),
    Call(
        to="POST /pos/sessions",
        title="It is open already",
        body={"config_id": TILL, "startingCash": "50.00"},
        status=409,
    ),
    Call(
        to="POST /pos/sessions",
        title="A key that was used",
        body={"config_id": TILL, "startingCash": 51},
        headers=key("The till opens"),
        status=422,
    ),
    Call(
        to="POST /pos/sessions",
        title="A key that is too short",
        body={"config_id": TILL, "startingCash": 50},
        headers=SHORT,
        status=400,
    ),
    Call(to="GET /pos/sessions/current", title="The open session", denied="kitchen"),
    Call(to="GET /pos/sessions?limit=2", title="The latest sessions", denied="kitchen"),
)


_STATE: Final = f"PUT /pos/sessions/{named('The till opens')}/state"

_CLOSED: Final[tuple[Step, ...]] = (
    Call(
        to=_STATE,
        title="The evening's count",
        body={"state": "closing_control", "endingCash": 60},
        headers=key("The evening's count"),
        denied="kitchen",
    ),
    Call(
        to=_STATE,
        title="It was counted",
        body={"state": "closing_control", "endingCash": 61},
        status=409,
    ),
    Call(
        to=_STATE,
        title="A key that is too short",
        body={"state": "closed"},
        headers=SHORT,
        status=400,
    ),
    Call(to=_STATE, title="It does not go back", body={"state": "opened"}, status=409),
    Call(
        to=_STATE,
        title="A key that was used",
        body={"state": "closing_control", "endingCash": 61},
        headers=key("The evening's count"),
        status=422,
    ),
    Call(
        to=_STATE,
        title="Not what was counted",
        body={"state": "closed", "endingCash": 61},
        status=422,
    ),
    Call(to=_STATE, title="Closed on the count", body={"state": "closed"}),
    Call(to=_STATE, title="It is closed already", body={"state": "closed"}, status=409),
    took("Without a drawer", SIDE),
    Call(
        to=CASH,
        title="No drawer is open",
        body={"order_id": at("Without a drawer"), "amount": 1, "received_amount": 1},
        status=422,
    ),
    Call(
        to="POST /pos/sessions",
        title="Opened once more",
        body={"config_id": TILL, "startingCash": 60},
        headers=key("Opened once more"),
        status=201,
        shown=False,
    ),
    Call(
        to=f"PUT /pos/sessions/{named('Opened once more')}/state",
        title="Too much is missing",
        body={"state": "closed", "endingCash": 20},
        status=403,
    ),
    Call(
        to=f"PUT /pos/sessions/{named('Opened once more')}/state",
        title="The owner closes it",
        body={"state": "closed", "reason": "40.00 went into the other drawer."},
        by="owner",
    ),
)

SCENE: Final[tuple[Step, ...]] = (*(*_PEOPLE, *_MENU, *_OPENED, *TAKEN, *EDITED, *PAID, *_CLOSED),)
