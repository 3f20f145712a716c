"""People and programs at the door: devices, PINs, keys, sessions, passwords, second factors."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from fynlo.platform.mail import Mailer
from fynlo.seed import PASSWORD, REGISTERS
from fynlo.staff import totp
from fynlo.staff.limits import (
    CODE_FAILURES_MAX,
    FAILURE_WINDOW,
    PASSWORD_FAILURES_MAX,
    PIN_FAILURES_MAX,
    RESETS_MAX,
)
from fynlo.staff.send_resets import send_resets
from tests.support.mailbox import mailbox
from tools.examples.script import Call, named

if TYPE_CHECKING:
    from tools.examples.script import Step
    from tools.examples.stage import Stage

_TABLET: Final = {"id": str(named("device:tablet")), "name": "Tablet at the bar"}
_DEVICES: Final = f"/registers/{REGISTERS[0]}/devices"
_CASHIER: Final = {"staff_id": str(named("staff:cashier")), "pin": "1234"}
_MOLLY: Final = {
    "id": str(named("staff:molly")),
    "name": "Molly Reid",
    "email": "molly@demo.fynlo.test",
    "role": "cashier",
    "password": "a long password",
    "pin": "2468",
    "location_ids": [str(named("location:market"))],
}
_SHOP: Final = {
    "id": str(named("key:webshop")),
    "name": "Web shop",
    "scopes": ["orders.create", "orders.read"],
    "expires_at": "2027-03-04T00:00:00Z",
}
_KITCHEN: Final = {"email": "kitchen@demo.fynlo.test"}
_MANAGER: Final = {"email": "manager@demo.fynlo.test", "password": PASSWORD}
_NEW_PASSWORD: Final = "a better password"  # noqa: S105 - an example


def _on_the_tablet(said: dict[str, Any]) -> dict[str, str]:
    return {"X-Device-Token": said["A new device"]["device_token"]}


def _by_the_key(said: dict[str, Any]) -> dict[str, str]:
    return {"X-API-Key": said["A new secret"]["key"]}


def _pin(title: str, body: dict[str, str], status: int = 200) -> Call:
    return Call(
        to="POST /auth/pin",
        title=title,
        body=body,
        status=status,
        by=None,
        headers=_on_the_tablet,
    )


def _not_for_keys(to: str, body: dict[str, Any] | None = None) -> Call:
    return Call(
        to=to, title="A key is no person", body=body, status=403, by=None, headers=_by_the_key
    )


async def _guess_a_pin(stage: Stage) -> None:
    guess = {"staff_id": str(named("staff:manager")), "pin": "0000"}
    for _ in range(PIN_FAILURES_MAX):
        await stage.play(replace(_pin("A guess at a PIN", guess, 401), shown=False))
    await stage.play(_pin("Too many guesses at a PIN", guess, 429))


DEVICES: Final[tuple[Step, ...]] = (
    Call(
        to=f"POST {_DEVICES}",
        title="A new device",
        body=_TABLET,
        status=201,
        by="owner",
        denied="cashier",
    ),
    Call(
        to=f"POST {_DEVICES}",
        title="An id of another device",
        body={**_TABLET, "name": "Phone"},
        status=409,
        by="owner",
    ),
    Call(to=f"GET {_DEVICES}", title="The devices of a register", by="owner", denied="cashier"),
    Call(
        to="GET /devices/me/staff",
        title="Who can sign in here",
        by=None,
        headers=_on_the_tablet,
    ),
    Call(to="GET /devices/me/staff", title="No device of ours", status=401, by=None),
    _pin("A cashier signs in with a PIN", _CASHIER),
    _pin("A wrong PIN", {**_CASHIER, "pin": "4321"}, 401),
    replace(_pin("A strange device", _CASHIER, 401), headers=None),
    Call(to="POST /staff", title="Molly", body=_MOLLY, status=201, by="owner", shown=False),
    _pin("Somebody who works elsewhere", {"staff_id": str(_MOLLY["id"]), "pin": "2468"}, 403),
    _guess_a_pin,
    Call(
        to=f"DELETE {_DEVICES}/{_TABLET['id']}",
        title="The tablet was lost",
        status=204,
        by="owner",
        denied="cashier",
    ),
)

KEYS: Final[tuple[Step, ...]] = (
    Call(
        to="POST /api-keys",
        title="A new key",
        body=_SHOP,
        status=201,
        by="manager",
        denied="cashier",
    ),
    Call(
        to="POST /api-keys",
        title="An id of another key",
        body={**_SHOP, "name": "Shop"},
        status=409,
        by="manager",
    ),
    Call(to="GET /api-keys", title="All keys", by="manager", denied="cashier"),
    Call(
        to=f"POST /api-keys/{_SHOP['id']}/regenerate",
        title="A new secret",
        by="manager",
        denied="cashier",
    ),
    Call(to="GET /auth/me", title="A key", by=None, headers=_by_the_key),
    _not_for_keys("POST /auth/logout"),
    _not_for_keys("POST /auth/password", {"current": PASSWORD, "new": _NEW_PASSWORD}),
    _not_for_keys("PUT /auth/me/pin", {"password": PASSWORD, "pin": "1357"}),
    _not_for_keys("POST /auth/totp", {"password": PASSWORD}),
    _not_for_keys("POST /auth/totp/confirm", {"code": "123456"}),
    _not_for_keys("DELETE /auth/sessions"),
    Call(
        to=f"DELETE /api-keys/{_SHOP['id']}",
        title="The web shop closes",
        status=204,
        by="manager",
        denied="cashier",
    ),
)


async def _end_a_session(stage: Stage) -> None:
    session_id = stage.said["What a manager is signed in to"]["items"][0]["id"]
    await stage.play(
        Call(
            to=f"DELETE /auth/sessions/{session_id}",
            title="A phone was lost",
            status=204,
            by="owner",
            denied="cashier",
        )
    )


# The owner asks first: refusals sign in as whoever asks, and would stand in their own list.
SESSIONS: Final[tuple[Step, ...]] = (
    Call(to="DELETE /auth/sessions", title="Everywhere else", status=204, by="kitchen"),
    Call(to="DELETE /auth/sessions", title="A manager elsewhere", status=204, by="manager"),
    Call(
        to=f"GET /auth/sessions?staff_id={named('staff:manager')}",
        title="What a manager is signed in to",
        by="owner",
    ),
    Call(
        to=f"GET /auth/sessions?staff_id={named('staff:manager')}",
        title="Another's sessions",
        status=403,
    ),
    Call(to="GET /auth/sessions", title="What you are signed in to", by="kitchen"),
    _end_a_session,
)

SECRETS: Final[tuple[Step, ...]] = (
    Call(
        to="POST /auth/password",
        title="A better password",
        body={"current": PASSWORD, "new": _NEW_PASSWORD},
        status=204,
        by="kitchen",
    ),
    Call(
        to="POST /auth/password",
        title="A wrong present password",
        body={"current": PASSWORD, "new": _NEW_PASSWORD},
        status=403,
        by="kitchen",
    ),
    Call(
        to="PUT /auth/me/pin",
        title="One's own PIN",
        body={"password": _NEW_PASSWORD, "pin": "1234"},
        status=204,
        by="kitchen",
    ),
    Call(
        to="PUT /auth/me/pin",
        title="A wrong password for a PIN",
        body={"password": PASSWORD, "pin": "1234"},
        status=403,
        by="kitchen",
    ),
)


async def _read_the_mail(stage: Stage) -> None:
    """Send what was asked for, by a mail server of this moment, and read the token in it."""
    async with mailbox() as box:
        mailer = Mailer(box.url, "till@demo.fynlo.test", "https://till.example")
        await send_resets(replace(stage.shop.wiring.staff_ports(), mailer=mailer))
        found = re.search(r"frs_\S+", box.text())
    assert found is not None
    stage.said["The mail"] = found[0]


def _by_mail(said: dict[str, Any]) -> dict[str, str]:
    return {"token": said["The mail"], "new_password": PASSWORD}


RESETS: Final[tuple[Step, ...]] = (
    Call(
        to="POST /auth/forgot-password",
        title="A password is forgotten",
        body=_KITCHEN,
        status=204,
        by=None,
    ),
    _read_the_mail,
    Call(
        to="POST /auth/reset-password",
        title="A new password",
        body=_by_mail,
        status=204,
        by=None,
    ),
    Call(
        to="POST /auth/reset-password",
        title="A reset that was used",
        body=_by_mail,
        status=422,
        by=None,
    ),
    *(
        Call(
            to="POST /auth/forgot-password",
            title="Forgotten again",
            body=_KITCHEN,
            status=204,
            by=None,
            shown=False,
        )
        for _ in range(RESETS_MAX - 1)
    ),
    Call(
        to="POST /auth/forgot-password",
        title="Too many mails",
        body=_KITCHEN,
        status=429,
        by=None,
    ),
)


def _code(stage: Stage, later: int) -> str:
    """Return the code of the authenticator, so many half minutes later."""
    secret = base64.b32decode(stage.said["A second factor"]["secret"])
    return totp.code_at(secret, int(stage.clock.now().timestamp()) // totp.SECONDS + later)


def _guesses_of_codes(confirm: Call) -> list[Call]:
    """Guess until it is too often; one guess was made before."""
    guess = replace(confirm, body={"code": "no code"}, status=403, shown=False)
    late = replace(guess, title="Too many wrong codes", status=429, shown=True)
    return [*[guess] * (CODE_FAILURES_MAX - 1), late]


async def _confirm(stage: Stage) -> None:
    confirm = Call(
        to="POST /auth/totp/confirm",
        title="The first code",
        body={"code": _code(stage, 1)},
        by="manager",
    )
    await stage.play(
        replace(confirm, title="A wrong code", body={"code": "no code"}, status=403),
        *_guesses_of_codes(confirm),
    )
    stage.clock.advance(FAILURE_WINDOW.total_seconds())
    await stage.play(
        replace(confirm, body={"code": _code(stage, 1)}),
        replace(confirm, title="It is confirmed", status=409),
    )


async def _sign_in_with_a_code(stage: Stage) -> None:
    stage.clock.advance(2 * totp.SECONDS)
    await stage.play(
        Call(
            to="POST /auth/login",
            title="A manager signs in with a code",
            body={**_MANAGER, "code": _code(stage, 1)},
            by=None,
        ),
    )


FACTORS: Final[tuple[Step, ...]] = (
    Call(
        to="POST /auth/totp/confirm",
        title="Nothing was offered",
        body={"code": "123456"},
        status=404,
        by="manager",
    ),
    Call(
        to="POST /auth/totp",
        title="A second factor",
        body={"password": PASSWORD},
        status=201,
        by="manager",
    ),
    Call(
        to="POST /auth/totp",
        title="A wrong password for a factor",
        body={"password": "fynlo-guess"},
        status=403,
        by="manager",
    ),
    _confirm,
    Call(
        to="POST /auth/totp",
        title="There is one already",
        body={"password": PASSWORD},
        status=409,
        by="manager",
    ),
    Call(to="POST /auth/login", title="No code", body=_MANAGER, status=401, by=None),
    _sign_in_with_a_code,
    Call(
        to=f"DELETE /staff/{named('staff:manager')}/totp",
        title="The phone is gone",
        status=204,
        by="owner",
        denied="cashier",
    ),
)


async def _guess_a_password(stage: Stage) -> None:
    guess = {"password": "fynlo-guess"}
    asks = Call(to="POST /auth/totp", title="A guess", body=guess, status=403, by="manager")
    for _ in range(PASSWORD_FAILURES_MAX):
        await stage.play(replace(asks, shown=False))
    await stage.play(
        replace(asks, title="Too many guesses at a factor", status=429),
        Call(
            to="POST /auth/password",
            title="Too many guesses at a password",
            body={"current": "fynlo-guess", "new": _NEW_PASSWORD},
            status=429,
            by="manager",
        ),
        Call(
            to="PUT /auth/me/pin",
            title="Too many guesses at a password for a PIN",
            body={"password": "fynlo-guess", "pin": "1357"},
            status=429,
            by="manager",
        ),
    )


SCENE: Final[tuple[Step, ...]] = (
    *(*DEVICES, *KEYS, *SESSIONS, *SECRETS, *RESETS, *FACTORS),
    _guess_a_password,
)
