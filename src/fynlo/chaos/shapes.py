"""How customers pay: which tenders, and what they do when their bank asks them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from fynlo.chaos.chance import weighted

if TYPE_CHECKING:
    from random import Random


class Shape(StrEnum):
    """One kind of sale."""

    CASH = "cash"
    CARD = "card"
    TIP = "card and tip"
    CASH_AND_CARD = "cash and card"
    THREE_CARDS = "three cards"
    SECURE = "3-D Secure"
    SECURE_AND_CARD = "3-D Secure and card"
    DECLINED = "declined, then again"
    ONE_OF_TWO_DECLINED = "one of two declined"
    VOUCHER = "voucher"
    CANCELED = "canceled in the middle"
    TWO_TILLS = "two tills, one order"
    REPEATED = "one key, several calls"
    HUNG_UP = "one key, hung up"
    LINES_CHANGED = "lines changed meanwhile"


WEIGHTS: Final = {
    Shape.CASH: 6,
    Shape.CARD: 14,
    Shape.TIP: 5,
    Shape.CASH_AND_CARD: 8,
    Shape.THREE_CARDS: 10,
    Shape.SECURE: 9,
    Shape.SECURE_AND_CARD: 5,
    Shape.DECLINED: 6,
    Shape.ONE_OF_TWO_DECLINED: 5,
    Shape.VOUCHER: 3,
    Shape.CANCELED: 7,
    Shape.TWO_TILLS: 6,
    Shape.REPEATED: 7,
    Shape.HUNG_UP: 6,
    Shape.LINES_CHANGED: 3,
}

GOOD: Final = ("pm_card_visa", "pm_card_mastercard", "pm_card_amex", "pm_card_gb")
BAD: Final = ("pm_card_visa_chargeDeclined", "pm_card_visa_chargeDeclinedInsufficientFunds")
ASKING: Final = "pm_card_authenticationRequired"

LEAST: Final = 30
"""The least that a card may pay in pounds, and so the least part of anything here."""


def choose(chance: Random) -> Shape:
    """Choose what the next customer does."""
    return weighted(chance, WEIGHTS)


def tenders(shape: Shape, total: int, chance: Random, mark: str) -> list[dict[str, Any]]:
    """Divide the total as this kind of sale does; `mark` names what must be unique."""
    ways = _WAYS.get(shape)
    if ways is None:
        return _any(total, chance)
    amounts = parts(total, len(ways), chance)
    return [_tender(way, amount, chance, mark) for way, amount in zip(ways, amounts, strict=True)]


_WAYS: Final = {
    Shape.CASH: ("cash",),
    Shape.TIP: ("tip",),
    Shape.CASH_AND_CARD: ("cash", "card"),
    Shape.THREE_CARDS: ("card", "card", "card"),
    Shape.SECURE: ("asking",),
    Shape.SECURE_AND_CARD: ("card", "asking"),
    Shape.DECLINED: ("bad",),
    Shape.ONE_OF_TWO_DECLINED: ("card", "bad"),
    Shape.VOUCHER: ("voucher", "card"),
}


def _tender(way: str, amount: int, chance: Random, mark: str) -> dict[str, Any]:
    match way:
        case "cash":
            return cash(amount, chance)
        case "tip":
            return card(amount, chance) | {"tip": chance.randint(10, 500)}
        case "voucher":
            return {"method": "voucher", "amount": amount, "reference": mark}
        case "asking":
            return card(amount, chance, ASKING)
        case "bad":
            return card(amount, chance, chance.choice(BAD))
        case _:
            return card(amount, chance)


def _any(total: int, chance: Random) -> list[dict[str, Any]]:
    """Pay with what is at hand, where the point is something else."""
    number = weighted(chance, {1: 5, 2: 3, 3: 1})
    first, *others = parts(total, number, chance)
    begins = cash(first, chance) if others and chance.random() < 0.5 else card(first, chance)
    return [begins, *(card(part, chance) for part in others)]


def parts(total: int, number: int, chance: Random) -> list[int]:
    """Divide a total into parts of at least `LEAST`."""
    assert total >= number * LEAST
    spare = total - number * LEAST
    cuts = sorted(chance.randint(0, spare) for _ in range(number - 1))
    ends = [0, *cuts, spare]
    return [LEAST + ends[index + 1] - ends[index] for index in range(number)]


def cash(amount: int, chance: Random) -> dict[str, Any]:
    """Pay in cash: exactly, or with a note."""
    tendered = amount if chance.random() < 0.4 else -(-amount // 500) * 500
    return {"method": "cash", "amount": amount, "tendered": tendered}


def card(amount: int, chance: Random, which: str | None = None) -> dict[str, Any]:
    """Pay by card: a good one, unless it is said which."""
    method = which or chance.choice(GOOD)
    return {"method": "card", "amount": amount, "payment_method_id": method}


CUSTOMERS: Final = {"succeed": 5, "fail": 2, "twice": 2, "walk away": 2, "too late": 2}
"""What a customer does whom the bank asks."""
