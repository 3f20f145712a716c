"""The business says no: every refusal has a kind, a permanent public code and its facts.

    DomainError
    ├── Unauthenticated, Forbidden, NotFound      who asks, and for what
    ├── Invalid                                    the request itself is malformed
    └── one class per rule, defined in the model of the feature that owns the rule

Bugs are assertions and provider trouble is a value; neither is a `DomainError`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self


class Kind(StrEnum):
    """What sort of no it is. The HTTP edge maps kinds, never codes, to statuses."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    REFUSED = "refused"
    TOO_LARGE = "too_large"
    THROTTLED = "throttled"


class Retry(StrEnum):
    """Whether asking again can help, and under which idempotency key."""

    NEVER = "never"
    SAME_KEY = "same_key"
    NEW_KEY = "new_key"


class DomainError(Exception):
    """A refusal with a permanent public `code` that clients may branch on."""

    kind: ClassVar[Kind]
    code: ClassVar[str]
    title: ClassVar[str]
    retry: ClassVar[Retry] = Retry.NEVER

    def __init__(self, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.facts = facts


class Invalid(DomainError):
    """The request is malformed; `errors` lists pointers and details."""

    kind = Kind.INVALID
    code = "invalid-request"
    title = "The request is malformed."
    retry = Retry.NEW_KEY

    @classmethod
    def at(cls, pointer: str, detail: str) -> Self:
        """Point at the one place of the body that is wrong (RFC 6901)."""
        return cls(detail, errors=[{"pointer": pointer, "detail": detail}])


class Unauthenticated(DomainError):
    """Nobody, or nobody any more: no token, a bad one, or a session that ended."""

    kind = Kind.UNAUTHENTICATED
    code = "unauthenticated"
    title = "Sign in first."
    retry = Retry.SAME_KEY


class Forbidden(DomainError):
    """This person may not do this."""

    kind = Kind.FORBIDDEN
    code = "forbidden"
    title = "You may not do this."
    retry = Retry.NEVER


class NotFound(DomainError):
    """There is no such thing here; another merchant's counts as none."""

    kind = Kind.NOT_FOUND
    code = "not-found"
    title = "There is no such thing."
    retry = Retry.NEVER


class VersionConflict(DomainError):
    """Somebody changed it since it was read; `version` is the present one."""

    kind = Kind.CONFLICT
    code = "version-conflict"
    title = "Somebody changed it meanwhile."
    retry = Retry.NEW_KEY


def must_be_at(present: int, version: int | None) -> None:
    """Refuse a change that was meant for an older version; None is meant for any."""
    if version not in {None, present}:
        raise VersionConflict(f"The present version is {present}.", version=present)


class IdReused(DomainError):
    """The id already names something else."""

    kind = Kind.CONFLICT
    code = "id-reused"
    title = "This id already names something else."
    retry = Retry.NEVER


def must_be_the_same(known: Mapping[str, object], wish: Mapping[str, object]) -> None:
    """Refuse other content under a known id: each field of the wish must be what is known."""
    if any(known[name] != value for name, value in wish.items()):
        raise IdReused(f"{known['id']} names something else.")
