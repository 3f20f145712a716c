"""Payment methods over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import get, patch
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, UnsetType

from fynlo.kernel.money import MINOR_MAX
from fynlo.payments import queries
from fynlo.payments.change_method import change_method
from fynlo.payments.model.methods import Method, MethodType
from fynlo.payments.ports import PaymentPorts
from fynlo.platform.body import Line, Version, changes
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import Given
from fynlo.staff import Caller, admit

Amount = Annotated[int, msgspec.Meta(gt=0, le=MINOR_MAX)]


class MethodOut(msgspec.Struct, frozen=True):
    """One way of paying; `code` is what a payment names it by; limits in minor units."""

    id: UUID
    code: str
    name: str
    type: MethodType
    enabled: bool
    requires_reference: bool
    reference_single_use: bool
    needs_confirmation: bool
    opens_drawer: bool
    min_amount: int | None
    max_amount: int | None
    capabilities: list[str]
    version: int
    created_at: datetime


class MethodPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; `null` lifts a limit. With `version`, only if nobody was faster."""

    version: Version | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    requires_reference: bool | UnsetType = UNSET
    reference_single_use: bool | UnsetType = UNSET
    needs_confirmation: bool | UnsetType = UNSET
    opens_drawer: bool | UnsetType = UNSET
    min_amount: Amount | UnsetType | None = UNSET
    max_amount: Amount | UnsetType | None = UNSET


_CAPABILITIES: Final = {
    MethodType.CASH: ["change", "tip"],
    MethodType.CARD: ["tip", "hold", "three_d_secure"],
    MethodType.APPLE_PAY: [],
    MethodType.MANUAL: ["tip"],
}
assert set(_CAPABILITIES) == set(MethodType)

_FIELDS: Final = {"min_amount": "min_amount_minor", "max_amount": "max_amount_minor"}


def _out(method: Method) -> MethodOut:
    return MethodOut(
        id=method.id,
        code=method.code,
        name=method.name,
        type=method.type,
        enabled=method.enabled,
        requires_reference=method.requires_reference,
        reference_single_use=method.reference_single_use,
        needs_confirmation=method.needs_confirmation,
        opens_drawer=method.opens_drawer,
        min_amount=method.min_amount_minor,
        max_amount=method.max_amount_minor,
        capabilities=_CAPABILITIES[method.type],
        version=method.version,
        created_at=method.created_at,
    )


@get("/payment-methods", responses=SIGNED_IN)
async def list_payment_methods(
    caller: Given[Caller],
    ports: Given[PaymentPorts],
    enabled: FromQuery[bool | None] = None,
) -> list[MethodOut]:
    """List the ways of paying that the merchant has set up."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, ports.clock.now())
        found = await queries.methods(tx, enabled=enabled)
    return [_out(one) for one in found]


@patch("/payment-methods/{method_id:uuid}", responses=SIGNED_IN)
async def change_payment_method(
    method_id: FromPath[UUID],
    data: JSONBody[MethodPatch],
    caller: Given[Caller],
    ports: Given[PaymentPorts],
) -> MethodOut:
    """Change the fields given, for every payment from now on."""
    wish, version = changes(data, _FIELDS)
    return _out(await change_method(ports, caller, method_id, wish, version))


HANDLERS: Final = (list_payment_methods, change_payment_method)
