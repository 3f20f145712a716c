"""People, what they may do, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fynlo.kernel.errors import DomainError, Forbidden, Kind, Retry

if TYPE_CHECKING:
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

    def must_work_at(self, location_id: LocationId) -> None:
        """Refuse those who work elsewhere; an admin works everywhere."""
        if self.role is not Role.ADMIN and location_id not in self.location_ids:
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
