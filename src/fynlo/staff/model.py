"""People, what they may do, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import available_timezones

from fynlo.kernel.errors import DomainError, Forbidden, Invalid, Kind, Retry
from fynlo.kernel.money import CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from fynlo.kernel.ids import LocationId, MerchantId, RegisterId, SessionId, StaffId


class Role(StrEnum):
    """What somebody is in the shop."""

    CASHIER = "cashier"
    MANAGER = "manager"
    ADMIN = "admin"
    KITCHEN = "kitchen"


class Permission(StrEnum):
    """What somebody may do. Checked in the operation, never in the route alone."""

    ORDERS_CREATE = "orders.create"
    ORDERS_READ = "orders.read"
    ORDERS_MANAGE = "orders.manage"
    PAYMENTS_PROCESS = "payments.process"
    REFUNDS_REQUEST = "refunds.request"
    REFUNDS_APPROVE = "refunds.approve"
    DRAWER_OPERATE = "drawer.operate"
    DRAWER_APPROVE = "drawer.approve"
    PRICE_OVERRIDE = "price.override"
    KITCHEN_OPERATE = "kitchen.operate"
    CATALOG_MANAGE = "catalog.manage"
    PROVIDERS_CONFIGURE = "providers.configure"
    EXCEPTIONS_RESOLVE = "exceptions.resolve"
    DISPUTES_MANAGE = "disputes.manage"
    REPORTS_READ = "reports.read"
    STAFF_MANAGE = "staff.manage"
    SETTINGS_MANAGE = "settings.manage"
    SYNC_RESOLVE = "sync.resolve"
    KEYS_MANAGE = "keys.manage"
    AUDIT_READ = "audit.read"


_P = Permission

_CASHIER: Final = frozenset(
    {
        _P.ORDERS_CREATE,
        _P.ORDERS_READ,
        _P.PAYMENTS_PROCESS,
        _P.REFUNDS_REQUEST,
        _P.DRAWER_OPERATE,
    }
)

_MANAGER: Final = _CASHIER | {
    _P.ORDERS_MANAGE,
    _P.REFUNDS_APPROVE,
    _P.DRAWER_APPROVE,
    _P.PRICE_OVERRIDE,
    _P.KITCHEN_OPERATE,
    _P.CATALOG_MANAGE,
    _P.EXCEPTIONS_RESOLVE,
    _P.REPORTS_READ,
    _P.SYNC_RESOLVE,
    _P.KEYS_MANAGE,
}

PERMISSIONS: Final = {
    Role.KITCHEN: frozenset({_P.ORDERS_READ, _P.KITCHEN_OPERATE}),
    Role.CASHIER: _CASHIER,
    Role.MANAGER: _MANAGER,
    Role.ADMIN: frozenset(Permission),
}
assert set(PERMISSIONS) == set(Role)


NOT_FOR_KEYS: Final = frozenset(
    {_P.STAFF_MANAGE, _P.KEYS_MANAGE, _P.REFUNDS_APPROVE, _P.DRAWER_APPROVE}
)
"""What is left to people: to make others, and to stand by somebody else's act."""


NOT_BY_PIN: Final = frozenset(
    {_P.STAFF_MANAGE, _P.KEYS_MANAGE, _P.SETTINGS_MANAGE, _P.PROVIDERS_CONFIGURE, _P.AUDIT_READ}
)
"""What needs a password: a PIN of a few digits, seen over a shoulder, makes nobody an owner."""


def permissions_of(role: Role, *, is_at_device: bool) -> frozenset[Permission]:
    """Return what somebody may do who signed in with their password, or with a PIN at a device."""
    return PERMISSIONS[role] - NOT_BY_PIN if is_at_device else PERMISSIONS[role]


@dataclass(frozen=True, slots=True)
class Caller:
    """What a verified token or key says of who asks; whether it still holds `admit` finds out.

    A key is its own session and acts as itself: both ids are the key's.
    """

    merchant_id: MerchantId
    session_id: SessionId
    staff_id: StaffId
    device: str = ""  # The device's id, or the key's; a caller's own keys are told apart by it.
    is_key: bool = False

    def must_be_a_person(self) -> None:
        """Refuse a key where only somebody can be meant who signed in."""
        if self.is_key:
            raise Forbidden("This is for people who signed in, not for keys.")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who really asks, as the database knows them at this moment."""

    staff_id: StaffId
    name: str
    role: Role
    location_ids: frozenset[LocationId]
    scopes: frozenset[Permission] | None = None  # Of a key: the most that it may do.
    register_id: RegisterId | None = None  # Where the device stands, on which they signed in.
    standing_at: LocationId | None = None
    keys: frozenset[StaffId] | None = None  # For which they ever answered, where that was read.

    @property
    def permissions(self) -> frozenset[Permission]:
        """What they may do: a key never more than whoever answers for it, a PIN never all."""
        held = permissions_of(self.role, is_at_device=self.standing_at is not None)
        return held if self.scopes is None else held & self.scopes

    def must(self, permission: Permission) -> None:
        """Refuse those who do not hold the permission."""
        if permission not in self.permissions:
            message = f"This needs the permission {permission}."
            raise Forbidden(message, permission=permission.value)

    def is_behind(self, actors: Iterable[StaffId]) -> bool:
        """Whether they are one of those who did something, themselves or through a key of theirs.

        Only where their keys were read (`with_keys`): unread ones are not none.
        """
        assert self.keys is not None, "Read the keys of whoever is to be independent."
        return not self.keys.union((self.staff_id,)).isdisjoint(actors)

    def works_at(self, location_id: LocationId) -> bool:
        """Whether this is one of their places; an admin works everywhere, a device at its own."""
        if self.standing_at not in {None, location_id}:
            return False
        return self.role is Role.ADMIN or location_id in self.location_ids

    def must_work_at(self, location_id: LocationId) -> None:
        """Refuse those who work elsewhere."""
        if not self.works_at(location_id):
            message = "You do not work at this location."
            raise Forbidden(message)


class InvalidCredentials(DomainError):
    """No such person, or another password: nobody learns which."""

    kind = Kind.UNAUTHENTICATED
    code = "invalid-credentials"
    title = "The e-mail or the password is wrong."
    retry = Retry.NEW_KEY


class ProofInvalid(DomainError):
    """Somebody was to prove who they are, and did not."""

    kind = Kind.FORBIDDEN
    code = "proof-invalid"
    title = "The password, PIN or code is wrong."
    retry = Retry.NEW_KEY


class SecondFactorRequired(DomainError):
    """The password is right, and is not enough."""

    kind = Kind.UNAUTHENTICATED
    code = "second-factor-required"
    title = "A code of the second factor is needed."
    retry = Retry.NEW_KEY


class SecondFactorExists(DomainError):
    """A second factor is not replaced: an admin removes it first."""

    kind = Kind.CONFLICT
    code = "second-factor-exists"
    title = "There is a second factor."
    retry = Retry.NEVER


class ResetInvalid(DomainError):
    """The token is none, was used, or is too old: nobody learns which."""

    kind = Kind.REFUSED
    code = "reset-invalid"
    title = "This reset does not hold any more."
    retry = Retry.NEVER


class TokenReused(DomainError):
    """A refresh token came twice, so somebody else has it: the whole session ended."""

    kind = Kind.UNAUTHENTICATED
    code = "token-reused"
    title = "This token was used before; sign in again."
    retry = Retry.NEVER


class EmailTaken(DomainError):
    """An e-mail signs in one person of the installation."""

    kind = Kind.CONFLICT
    code = "email-taken"
    title = "This e-mail is in use."
    retry = Retry.NEVER


class ApprovalRequired(DomainError):
    """Somebody else must allow it; `approval` says what was asked for and until when."""

    kind = Kind.FORBIDDEN
    code = "approval-required"
    title = "Somebody else must allow this."
    retry = Retry.SAME_KEY


class LastAdmin(DomainError):
    """Without an admin nobody could ever make another one."""

    kind = Kind.CONFLICT
    code = "last-admin"
    title = "Somebody must stay an admin."
    retry = Retry.NEW_KEY


class CurrencyFixed(DomainError):
    """A location that took an order sells in the same currency for ever."""

    kind = Kind.CONFLICT
    code = "currency-fixed"
    title = "This location took orders in its currency."
    retry = Retry.NEVER


def normal_email(email: str) -> str:
    """Write an address as it is kept and compared, however people write it."""
    return email.strip().lower()


@cache
def time_zones() -> frozenset[str]:
    """Return the IANA time zones that this installation knows; its own machine's is none."""
    return frozenset(available_timezones() - {"localtime"})


@cache
def countries() -> frozenset[str]:
    """Return the ISO 3166 codes of all countries, as the time zone database lists them."""
    table = files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text("utf-8")
    return frozenset(line[:2] for line in table.splitlines() if not line.startswith("#"))


def must_be_a_place(wish: Mapping[str, Any]) -> None:
    """Refuse a location whose country, currency or zone does not exist, as far as the wish says."""
    if "currency" in wish and wish["currency"] not in CURRENCIES:
        raise Invalid.at("/currency", f"There is no currency {wish['currency']}.")
    if "country" in wish and wish["country"] not in countries():
        raise Invalid.at("/country", f"There is no country {wish['country']}.")
    if "timezone" in wish and wish["timezone"] not in time_zones():
        raise Invalid.at("/timezone", f"There is no time zone {wish['timezone']}.")


def must_exist(location_ids: Iterable[UUID], known: Iterable[UUID]) -> None:
    """Refuse to put somebody at a location that is not one of those known."""
    there = set(known)
    for index, location_id in enumerate(location_ids):
        if location_id not in there:
            raise Invalid.at(f"/location_ids/{index}", f"There is no location {location_id}.")


def as_kept(wish: Mapping[str, Any]) -> dict[str, Any]:
    """Return a wish for somebody as their row keeps it: a normal e-mail, each location once."""
    kept = dict(wish)
    if "email" in wish:
        kept["email"] = normal_email(wish["email"])
    if "location_ids" in wish:
        kept["location_ids"] = sorted(set(wish["location_ids"]))
    return kept


def must_prove_first(wish: Mapping[str, Any]) -> None:
    """Refuse new secrets of one's own where nothing is asked of them but a session.

    A till or a page that somebody left open would be theirs for good who sits down at it.
    """
    if wish.get("password") is not None or wish.get("pin") is not None:
        raise Forbidden("Change your own password or PIN with your present password.")


def is_admin(person: Mapping[str, Any]) -> bool:
    """Whether somebody may do everything, now."""
    return bool(person["active"]) and person["role"] == Role.ADMIN


def must_leave_an_admin(
    was: Mapping[str, Any], after: Mapping[str, Any], others: Iterable[Mapping[str, Any]]
) -> None:
    """Refuse to take from the last admin what makes them one."""
    if is_admin(was) and not is_admin(after) and not any(map(is_admin, others)):
        raise LastAdmin("Make somebody else an admin first.")


@dataclass(frozen=True, slots=True)
class Hire:
    """Somebody who works here from the start."""

    id: StaffId
    name: str
    email: str
    role: Role
    password_hash: str
    pin_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Founding:
    """A merchant with one location."""

    merchant_id: MerchantId
    name: str
    country: str
    currency: str
    timezone: str
    location_id: LocationId
    registers: tuple[tuple[RegisterId, str], ...]
    hires: tuple[Hire, ...]


def must_be_scopes(actor: Actor, scopes: Sequence[Permission]) -> None:
    """Refuse a key that could do more than whoever makes it, or what is left to people."""
    for index, scope in enumerate(scopes):
        if scope in NOT_FOR_KEYS:
            raise Invalid.at(f"/scopes/{index}", f"{scope} is for people, not for keys.")
        actor.must(scope)
