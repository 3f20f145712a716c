"""The SQL of payment methods and of the rules that a till pays by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.payments.model.methods import Method, MethodType, PaymentRules

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.kernel.ids import LocationId
    from fynlo.platform.database import Row, Tx


async def load_rules(tx: Tx, location_id: LocationId) -> tuple[dict[str, Method], PaymentRules]:
    """Read the merchant's methods, and the rules of a location, in one round trip."""
    rows = await tx.fetch(
        """
        select m.id, m.code, m.name, m.type, m.enabled, m.requires_reference,
               m.reference_single_use, m.needs_confirmation, m.opens_drawer,
               m.min_amount_minor, m.max_amount_minor, m.version, m.created_at,
               s.allow_partial_payments, s.allow_overpayment, s.change_limit_minor,
               s.action_deadline_seconds
        from rules s
        left join payment_methods m on m.merchant_id = s.merchant_id
        where s.merchant_id = $1 and s.location_id = $2
        """,
        *(tx.merchant_id, location_id),
    )
    assert rows, "Every location has rules."
    rules = PaymentRules(
        allow_partial_payments=rows[0]["allow_partial_payments"],
        allow_overpayment=rows[0]["allow_overpayment"],
        change_limit_minor=rows[0]["change_limit_minor"],
        action_deadline_seconds=rows[0]["action_deadline_seconds"],
    )
    return {row["code"]: method(row) for row in rows if row["code"] is not None}, rules


def method(row: Row) -> Method:
    """Read a payment method from its row."""
    return Method(
        id=row["id"],
        code=row["code"],
        name=row["name"],
        type=MethodType(row["type"]),
        enabled=row["enabled"],
        requires_reference=row["requires_reference"],
        reference_single_use=row["reference_single_use"],
        needs_confirmation=row["needs_confirmation"],
        opens_drawer=row["opens_drawer"],
        min_amount_minor=row["min_amount_minor"],
        max_amount_minor=row["max_amount_minor"],
        version=row["version"],
        created_at=row["created_at"],
    )


async def lock_method(tx: Tx, method_id: UUID) -> Method | None:
    """Read a method in order to change it."""
    row = await tx.fetchrow(
        "select * from payment_methods where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, method_id),
    )
    return None if row is None else method(row)


def save_method(tx: Tx, after: Method) -> None:
    """Queue a changed method; its code and type never change."""
    tx.write(
        """
        update payment_methods
        set name = $3, enabled = $4, requires_reference = $5, reference_single_use = $6,
            needs_confirmation = $7, opens_drawer = $8, min_amount_minor = $9,
            max_amount_minor = $10, version = $11
        where merchant_id = $1 and id = $2
        """,
        *(tx.merchant_id, after.id, after.name, after.enabled, after.requires_reference),
        *(after.reference_single_use, after.needs_confirmation, after.opens_drawer),
        *(after.min_amount_minor, after.max_amount_minor, after.version),
    )
