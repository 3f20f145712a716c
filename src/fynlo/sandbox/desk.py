"""One request at work: whose it is, what time it is, and the objects it reads and changes."""

from __future__ import annotations

import hashlib
import math
import secrets
import string
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox.problems import not_found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fynlo.sandbox.balances import Terms
    from fynlo.sandbox.store import Document, Store

API_VERSION: Final = "2026-10-28.endive"

_ALPHABET: Final = string.ascii_letters + string.digits

_WORDS: Final = {
    "payment_intent": "payment_intent",
    "charge": "charge",
    "refund": "refund",
    "customer": "customer",
    "payment_method": "PaymentMethod",
    "balance_transaction": "balance transaction",
    "event": "event",
}


class Names:
    """Makes ids and chances: real ones, or the same every time when there is a seed."""

    def __init__(self, seed: int | None) -> None:
        self._seed = seed
        self._drawn = 0

    def new(self, prefix: str, length: int = 24) -> str:
        """Make a new id."""
        drawn = self._draw(length)
        return prefix + "_" + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in drawn)

    def gauss(self) -> float:
        """Draw from the normal distribution, for latencies (Box and Muller)."""
        first, second = ((int.from_bytes(self._draw(6), "big") + 1) / (2**48 + 1) for _ in range(2))
        return math.sqrt(-2 * math.log(first)) * math.cos(2 * math.pi * second)

    def _draw(self, count: int) -> bytes:
        if self._seed is None:
            return secrets.token_bytes(count)
        self._drawn += 1
        return hashlib.shake_256(b"%d %d" % (self._seed, self._drawn)).digest(count)


@dataclass
class Desk:
    """What a resource's functions work with."""

    store: Store
    names: Names
    account: str
    now: float
    public_url: str
    terms: Terms
    key: str | None = None
    request_id: str | None = None
    version: str = API_VERSION

    def get(self, kind: str, object_id: str) -> Document | None:
        """Read an object, if it is there."""
        found = self.store.get(self.account, kind, object_id)
        return None if found is None else self._today(found)

    def find(self, kind: str, object_id: str, param: str, *, status: int = 404) -> Document:
        """Read an object, or refuse: 404 for the one in the path, 400 in the parameters."""
        found = self.get(kind, object_id)
        if found is None:
            raise not_found(_WORDS[kind], object_id, param, status=status)
        return found

    def customer(self, customer_id: str) -> Document:
        """Read a customer that parameters name; one that is deleted is not there any more."""
        found = self.find("customer", customer_id, "customer", status=400)
        if "deleted" in found:
            raise not_found("customer", customer_id, "customer", status=400)
        return found

    def own_id(self, prefix: str) -> str:
        """Name what an account has exactly one of: always the same for a key, which it hides."""
        digest = hashlib.sha256(f"{prefix} of {self.account}".encode()).hexdigest()
        return f"{prefix}_{digest[:16]}"

    def keep(self, document: Document) -> Document:
        """Keep an object."""
        self.store.put(self.account, document["object"], document)
        return document

    def newest(self, kind: str, after: str | None = None) -> Iterator[Document]:
        """Read this account's objects of a kind, newest first; with `after` only older ones."""
        there = self.store.newest(self.account, kind, after)
        return (self._today(document) for _, document in there)

    def _today(self, document: Document) -> Document:
        """Show what becomes of an object by time alone."""
        if document["object"] == "balance_transaction" and document["available_on"] <= self.now:
            document["status"] = "available"
        return document

    def tell_change(self, kind: str, before: Document, after: Document) -> None:
        """Make an event of what became of an object, with what was there before."""
        was = {name: value for name, value in before.items() if value != after.get(name)}
        came = {name: None for name in after if name not in before}
        self.tell(kind, after, was | came)

    def tell(self, kind: str, about: Document, previous: dict[str, Any] | None = None) -> None:
        """Make an event with a snapshot of the object, and queue its delivery."""
        data: dict[str, Any] = {"object": deepcopy(about)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = {
            "id": self.names.new("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": int(self.now),
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": self.request_id, "idempotency_key": self.key},
            "type": kind,
        }
        self.store.put(self.account, "event", event)
        self.store.queue(self.account, str(event["id"]), self.now)
