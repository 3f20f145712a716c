"""The rules of the shop over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import get, patch
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from fynlo.kernel.money import MINOR_MAX
from fynlo.platform.body import Version, changes
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import Given
from fynlo.staff import queries
from fynlo.staff.admit import admit
from fynlo.staff.change_location_settings import change_location_settings
from fynlo.staff.change_settings import change_settings
from fynlo.staff.model import Caller
from fynlo.staff.ports import StaffPorts
from fynlo.staff.queries import LocationRules

Amount = Annotated[int, msgspec.Meta(ge=0, le=MINOR_MAX)]
BasisPoints = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Declines = Annotated[int, msgspec.Meta(ge=0, le=1000)]
Seconds = Annotated[int, msgspec.Meta(ge=60, le=86_400)]


class SettingsOut(msgspec.Struct, frozen=True):
    """The rules of the shop; amounts in minor units, times in seconds.

    `discount_limit` is what a cashier may take off an order, in basis points.
    """

    allow_partial_payments: bool
    allow_overpayment: bool
    change_limit: int
    drawer_tolerance: int
    require_manager_approval: bool
    approval_threshold: int
    auto_reconcile_cash: bool
    cash_drawer_enabled: bool
    opening_balance_required: bool
    closing_balance_required: bool
    send_unpaid_orders_to_kitchen: bool
    action_deadline_seconds: int
    discount_limit: int
    payment_declines_until_told: int
    version: int
    updated_at: datetime


class SettingsPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change. With `version`, only if nobody was faster."""

    version: Version | UnsetType = UNSET
    allow_partial_payments: bool | UnsetType = UNSET
    allow_overpayment: bool | UnsetType = UNSET
    change_limit: Amount | UnsetType = UNSET
    drawer_tolerance: Amount | UnsetType = UNSET
    require_manager_approval: bool | UnsetType = UNSET
    approval_threshold: Amount | UnsetType = UNSET
    auto_reconcile_cash: bool | UnsetType = UNSET
    cash_drawer_enabled: bool | UnsetType = UNSET
    opening_balance_required: bool | UnsetType = UNSET
    closing_balance_required: bool | UnsetType = UNSET
    send_unpaid_orders_to_kitchen: bool | UnsetType = UNSET
    action_deadline_seconds: Seconds | UnsetType = UNSET
    discount_limit: BasisPoints | UnsetType = UNSET
    payment_declines_until_told: Declines | UnsetType = UNSET


class LocationSettingsOut(msgspec.Struct, frozen=True):
    """The rules that hold at a location; `own` names those that are its own."""

    location_id: UUID
    allow_partial_payments: bool
    allow_overpayment: bool
    change_limit: int
    drawer_tolerance: int
    require_manager_approval: bool
    approval_threshold: int
    cash_drawer_enabled: bool
    opening_balance_required: bool
    closing_balance_required: bool
    send_unpaid_orders_to_kitchen: bool
    discount_limit: int
    own: list[str]
    version: int
    updated_at: datetime | None


class LocationSettingsPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; `null` gives a rule up for the merchant's. With `version`, only if it is."""

    version: Version | UnsetType = UNSET
    allow_partial_payments: bool | UnsetType | None = UNSET
    allow_overpayment: bool | UnsetType | None = UNSET
    change_limit: Amount | UnsetType | None = UNSET
    drawer_tolerance: Amount | UnsetType | None = UNSET
    require_manager_approval: bool | UnsetType | None = UNSET
    approval_threshold: Amount | UnsetType | None = UNSET
    cash_drawer_enabled: bool | UnsetType | None = UNSET
    opening_balance_required: bool | UnsetType | None = UNSET
    closing_balance_required: bool | UnsetType | None = UNSET
    send_unpaid_orders_to_kitchen: bool | UnsetType | None = UNSET
    discount_limit: BasisPoints | UnsetType | None = UNSET


_COLUMNS: Final = {
    "change_limit": "change_limit_minor",
    "drawer_tolerance": "drawer_tolerance_minor",
    "approval_threshold": "approval_threshold_minor",
    "discount_limit": "discount_limit_basis_points",
    "payment_declines_until_told": "declines_until_told",
}


def _out(row: Any) -> SettingsOut:
    names = SettingsOut.__struct_fields__
    return SettingsOut(**{name: row[_COLUMNS.get(name, name)] for name in names})


_OWN: Final = tuple(name for name in LocationSettingsPatch.__struct_fields__ if name != "version")


def _there(rules: LocationRules) -> LocationSettingsOut:
    holding, own = rules.holding, rules.own
    return LocationSettingsOut(
        location_id=holding["location_id"],
        **{name: holding[_COLUMNS.get(name, name)] for name in _OWN},
        own=[name for name in _OWN if own.get(_COLUMNS.get(name, name)) is not None],
        version=own.get("version", 1),
        updated_at=own.get("updated_at"),
    )


@get("/settings", responses=SIGNED_IN)
async def get_settings(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> SettingsOut:
    """Show the rules of the shop."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        return _out(await queries.settings(tx))


@patch("/settings", responses=SIGNED_IN)
async def patch_settings(
    data: JSONBody[SettingsPatch],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> SettingsOut:
    """Change the rules given, for every call from now on."""
    wish, version = changes(data, _COLUMNS)
    return _out(await change_settings(staff_ports, caller, wish, version))


@get("/locations/{location_id:uuid}/settings", responses=SIGNED_IN)
async def get_location_settings(
    location_id: FromPath[UUID], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> LocationSettingsOut:
    """Show the rules that hold at a location."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        return _there(await queries.location_rules(tx, location_id))


@patch("/locations/{location_id:uuid}/settings", responses=SIGNED_IN)
async def patch_location_settings(
    location_id: FromPath[UUID],
    data: JSONBody[LocationSettingsPatch],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> LocationSettingsOut:
    """Let other rules hold at a location, for every call there from now on."""
    wish, version = changes(data, _COLUMNS)
    return _there(await change_location_settings(staff_ports, caller, location_id, wish, version))


HANDLERS: Final = (
    *(get_settings, patch_settings),
    *(get_location_settings, patch_location_settings),
)
