"""What may go wrong on purpose, and for which calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox import orders
from fynlo.sandbox.problems import Refusal

if TYPE_CHECKING:
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.orders import Body


class FaultKind(StrEnum):
    """What goes wrong, and whether the call was carried out nevertheless."""

    LOST_ANSWER = "lost_answer"  # Carried out; the connection drops before the answer.
    CONNECTION_RESET = "connection_reset"  # Not carried out; the connection drops.
    HTTP_500 = "http_500"  # Not carried out; the 500 is kept under the key.
    HTTP_500_ACTED = "http_500_acted"  # Carried out; the 500 is kept under the key.
    HTTP_429 = "http_429"  # Not carried out, not kept: it comes before the keys.
    HTTP_409 = "http_409"  # Not carried out, not kept: another call holds the key.
    HANG = "hang"  # Not carried out; no answer ever.
    SLOW = "slow"  # Carried out; the answer takes `delay_ms`.
    HTML_502 = "html_502"  # Not carried out, not kept: it comes from before the API.
    TRUNCATED_JSON = "truncated_json"  # Carried out; half of the answer comes.
    STALE_READ = "stale_read"  # A read shows the object as it was before its last change.


ACTS: Final = frozenset(
    {
        FaultKind.LOST_ANSWER,
        FaultKind.HTTP_500_ACTED,
        FaultKind.SLOW,
        FaultKind.TRUNCATED_JSON,
        FaultKind.STALE_READ,
    }
)
DELAY_MS_MAX: Final = 600_000
METHODS: Final = ("DELETE", "GET", "POST")
DROPS: Final = frozenset({FaultKind.LOST_ANSWER, FaultKind.CONNECTION_RESET})


@dataclass
class Fault:
    """One fault: after `skip` matching calls it strikes `times` times."""

    kind: FaultKind
    times: int = 1
    skip: int = 0
    method: str | None = None
    path: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    delay_ms: int = 0

    def matches(self, method: str, path: str, params: Params) -> bool:
        """Whether this call is meant: `path` is a prefix, `metadata` a part of the call's."""
        if self.method is not None and self.method.upper() != method:
            return False
        if self.path is not None and not path.startswith(self.path):
            return False
        given: Any = params.get("metadata", {})
        return not self.metadata or (
            isinstance(given, dict) and self.metadata.items() <= given.items()
        )


class FaultPlan:
    """The faults that are still to come, oldest first."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def strike(self, method: str, path: str, params: Params) -> Fault | None:
        """Find the fault that strikes this call, and use it up."""
        for fault in list(self.faults):
            if not fault.matches(method, path, params):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
            return fault
        return None


def read(body: Body) -> Fault:
    """Read a fault from a control call; refuse what it does not know."""
    orders.only(body, ("delay_ms", "kind", "match", "skip", "times"), "a fault")
    match = orders.group(body, "match", "match")
    orders.only(match, ("metadata", "method", "path"), "`match`")
    metadata = orders.group(match, "metadata", "match.metadata")
    if not all(isinstance(value, str) for value in metadata.values()):
        raise Refusal(400, "`match.metadata` has texts only, as metadata does.")
    method, path = match.get("method"), match.get("path")
    if method is not None and str(method).upper() not in METHODS:
        raise Refusal(400, f"`match.method` is one of {', '.join(METHODS)}.")
    if path is not None and not (isinstance(path, str) and path.startswith("/")):
        raise Refusal(400, "`match.path` is a text that begins with `/`.")
    return Fault(
        kind=FaultKind(orders.word(body, "kind", list(FaultKind))),
        times=orders.whole(body, "times", (1, orders.COUNT_MAX), default=1),
        skip=orders.whole(body, "skip", (0, orders.COUNT_MAX), default=0),
        method=method,
        path=path,
        metadata=metadata,
        delay_ms=orders.whole(body, "delay_ms", (0, DELAY_MS_MAX), default=0),
    )


FAULTY_ANSWERS: Final[dict[FaultKind, tuple[int, dict[str, Any]]]] = {
    FaultKind.HTTP_500: (500, {"error": {"type": "api_error", "message": "Something went wrong."}}),
    FaultKind.HTTP_500_ACTED: (
        500,
        {"error": {"type": "api_error", "message": "Something went wrong."}},
    ),
    FaultKind.HTTP_429: (
        429,
        {
            "error": {
                "type": "invalid_request_error",
                "code": "rate_limit",
                "message": "Request rate limit exceeded.",
            }
        },
    ),
    FaultKind.HTTP_409: (
        409,
        {
            "error": {
                "type": "idempotency_error",
                "code": "idempotency_key_in_use",
                "message": "There is currently another in-progress request using this Idempotent "
                "Key (that probably means you submitted twice, and the other request is still "
                "going through).",
            }
        },
    ),
}
