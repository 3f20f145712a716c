"""The exceptions queue: what was never found, money that nobody knows, and what a manager does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from fynlo.kernel.ids import derive
from fynlo.payments import store_exceptions
from fynlo.payments.model.exceptions import ExceptionKind
from fynlo.seed import DEMO
from tools.examples.orders import taken
from tools.examples.script import Call, named

if TYPE_CHECKING:
    from uuid import UUID

    from tools.examples.script import Step
    from tools.examples.stage import Stage

_LOST: Final = named("An answer that is never found")
_UNRESOLVED: Final = derive(_LOST, "exception:unresolved")
_PAYMENT: Final = str(derive(_LOST, "tender:0"))


def _unmatched(name: str) -> UUID:
    return derive(DEMO, f"exception:unmatched:{name}")


def _resolved(
    exception_id: UUID, title: str, action: str, note: str, status: int = 200, **more: str
) -> Call:
    return Call(
        to=f"POST /exceptions/{exception_id}/resolve",
        title=title,
        body={"action": action, "note": note, **more},
        status=status,
        by="manager",
    )


async def _money_comes_by_another_way(stage: Stage) -> None:
    """Take money with the shop's account outside of Fynlo, and tell of it as a webhook would."""
    answer = await stage.shop.provider.http.post(
        "/v1/payment_intents",
        data={
            "amount": 740,
            "currency": "gbp",
            "confirm": "true",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types[]": "card",
        },
        headers={"Authorization": "Bearer sk_test_examples"},
    )
    reference = answer.json()["id"]
    async with stage.shop.wiring.db.transaction(DEMO) as tx:
        for name, currency in (("in pounds", "GBP"), ("in euros", "EUR")):
            detail: dict[str, object] = {
                "reference": reference,
                "type": "payment_intent.succeeded",
                "amount": 740,
                "currency": currency,
                "standing": "captured",
                "order_id": None,
                "transaction_id": None,
                "operation_id": None,
            }
            now = stage.clock.now()
            store_exceptions.open_thing(tx, ExceptionKind.UNMATCHED, name, detail, now)


_NOT_CHARGED: Final = _resolved(
    *(_UNRESOLVED, "The customer was not charged", "not_taken", "It is not in the dashboard."),
    payment_id=_PAYMENT,
)


async def _two_at_once(stage: Stage) -> None:
    title = "The provider is being asked just now"
    await stage.play_twice_at_once(
        replace(_NOT_CHARGED, title=title, key=_NOT_CHARGED.title, status=409)
    )


def _another_payment(said: dict[str, Any]) -> dict[str, Any]:
    payment = said["The truth was found"]["transaction"]["payments"][0]
    return {
        "action": "taken",
        "note": "The dashboard shows it.",
        "payment_id": _PAYMENT,
        "reference": payment["provider_reference"],
    }


SCENE: Final[tuple[Step, ...]] = (
    Call(
        to="GET /exceptions?state=open&limit=1",
        title="What a person must decide",
        by="manager",
        denied="cashier",
    ),
    Call(
        to=f"GET /exceptions/{_UNRESOLVED}",
        title="A charge that was never found",
        by="manager",
        denied="cashier",
    ),
    Call(
        to=f"POST /exceptions/{_UNRESOLVED}/resolve",
        title="Ask the provider now",
        body={"action": "look_again", "note": "The line works again."},
        by="manager",
        denied="cashier",
    ),
    Call(
        to=f"POST /exceptions/{_UNRESOLVED}/resolve",
        title="A key that was used",
        key="Ask the provider now",
        body={"action": "look_again", "note": "Another reason."},
        status=422,
        by="manager",
    ),
    _resolved(_UNRESOLVED, "It cannot be dismissed", "dismiss", "Too old.", 422),
    Call(
        to=f"POST /exceptions/{_UNRESOLVED}/resolve",
        title="Whose payment is that?",
        body=_another_payment,
        status=409,
        by="manager",
    ),
    _two_at_once,
    _NOT_CHARGED,
    _resolved(
        *(_UNRESOLVED, "Somebody was faster", "taken", "The dashboard shows it.", 409),
        payment_id=_PAYMENT,
        reference="pi_1",
    ),
    _money_comes_by_another_way,
    taken("A draft that waits", "Chips"),
    _resolved(
        *(_unmatched("in pounds"), "It is not fixed yet", "attach", "Paid by phone.", 409),
        order_id=str(named("A draft that waits")),
    ),
    _resolved(
        *(_unmatched("in euros"), "Another currency", "attach", "Paid by phone.", 422),
        order_id=str(named("A last drink")),
    ),
    _resolved(
        *(_unmatched("in pounds"), "Paid by phone", "attach", "The guest paid by phone."),
        order_id=str(named("A last drink")),
    ),
)
