"""Who else may say who somebody is: an identity provider outside, where a shop has one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class IdentityProvider(Protocol):
    """Knows people by tokens of its own."""

    async def email_of(self, token: str) -> str | None:
        """Return the verified e-mail of whose token it is; None for a token that is not good.

        It is called with no transaction open, and has a time limit of its own.
        """
        ...


@dataclass(frozen=True)
class Identities:
    """The identity provider, if one is wired in."""

    provider: IdentityProvider | None = None
