"""Answers that an older version kept are still told: what is added to them later has a default.

The files beside this are answers as they were kept once. They are never edited; a newer shape gets
a file of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import pytest

from fynlo.orders.answers import OrderOut
from fynlo.payments.answers import TransactionOut

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT: Final = Path(__file__).parent / "kept"


class Answered(msgspec.Struct):
    transaction: TransactionOut


READ_AS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "order.json": OrderOut,
    "transaction.json": Answered,
}


@pytest.mark.parametrize("name", sorted(one.name for one in KEPT.iterdir()))
def test_what_an_older_version_kept_is_read(name: str) -> None:
    kept = (KEPT / name).read_bytes()

    read = msgspec.json.decode(kept, type=READ_AS[name])

    told = msgspec.json.decode(msgspec.json.encode(read))
    before = msgspec.json.decode(kept)
    assert {field: told[field] for field in before} == before
