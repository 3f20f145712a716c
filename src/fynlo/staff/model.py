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
    from collections.abc import Iterable, Mapping
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
}

PERMISSIONS: Final = {
    Role.KITCHEN: frozenset({_P.ORDERS_READ, _P.KITCHEN_OPERATE}),
    Role.CASHIER: _CASHIER,
    Role.MANAGER: _MANAGER,
    Role.ADMIN: frozenset(Permission),
}
assert set(PERMISSIONS) == set(Role)


@dataclass(frozen=True, slots=True)
class Caller:
    """What a verified token says of who asks; whether it still holds is for `admit` to find."""

    merchant_id: MerchantId
    session_id: SessionId
    staff_id: StaffId
    device: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who really asks, as the database knows them at this moment."""

    staff_id: StaffId
    name: str
    role: Role
    location_ids: frozenset[LocationId]

    @property
    def permissions(self) -> frozenset[Permission]:
        """What they may do."""
        return PERMISSIONS[self.role]

    def must(self, permission: Permission) -> None:
        """Refuse those who do not hold the permission."""
        if permission not in self.permissions:
            message = f"This needs the permission {permission}."
            raise Forbidden(message, permission=permission.value)

    def works_at(self, location_id: LocationId) -> bool:
        """Whether this is one of their places; an admin works everywhere."""
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


class TooManyAttempts(DomainError):
    """Too many failures; wait."""

    kind = Kind.THROTTLED
    code = "too-many-attempts"
    title = "Too many failed attempts."
    retry = Retry.SAME_KEY


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
