"""What a card number looks like: nothing that comes in may hold one, and no log may show one."""

from __future__ import annotations

import re
from typing import Final

DIGITS: Final = re.compile(r"(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-])", re.ASCII)
"""As many digits as a card number has, with or without spaces and dashes between them."""

# Which numbers the brands give out, by their first digits and their length (ISO/IEC 7812). The
# number of a voucher may pass Luhn's check as well; it begins otherwise.
_BRANDS: Final = re.compile(
    r"4\d{15}(?:\d{3})?"  # Visa
    r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|64[4-9]\d|65\d{2})\d{12}(?:\d{3})?"  # Discover
    r"|3(?:0[0-5]|[68]\d)\d{11}(?:\d{2})?"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|62\d{14}(?:\d{3})?"  # UnionPay
)


def passes_luhn(digits: str) -> bool:
    """Whether the last digit follows from the others as in every card number."""
    numbers = [int(one) for one in digits if one.isdigit()]
    doubled = [number * 2 - 9 * (number > 4) for number in numbers[-2::-2]]
    return (sum(numbers[-1::-2]) + sum(doubled)) % 10 == 0


def holds_card_number(text: str) -> bool:
    """Whether somebody wrote a card's number into a text, whichever way they grouped it."""
    for match in DIGITS.finditer(text):
        digits = "".join(filter(str.isdigit, match[0]))
        if _BRANDS.fullmatch(digits) and passes_luhn(digits):
            return True
    return False
