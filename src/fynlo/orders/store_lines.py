"""The writing SQL of an order's lines: they are written all at once, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.kernel.ids import OrderId
    from fynlo.orders.pricing import Bill, Line
    from fynlo.platform.database import Tx


def insert_lines(tx: Tx, order_id: OrderId, bill: Bill) -> None:
    """Queue the lines of a bill in their order."""
    if not bill.lines:
        return
    tx.write(
        """
        insert into order_lines (
          merchant_id, order_id, id, position, product_id, name, quantity_milli,
          unit_price_minor, tax_rate_id, rate_basis_points, tax_included, tax_minor, total_minor,
          needs_preparation, prep_minutes, note, version, discount_minor, order_discount_minor,
          discount_type, discount_value, overridden_by, override_reason, modifiers,
          before_milli, before_minor
        )
        select $1, $2, l.id, l.position, l.product_id, l.name, l.quantity, l.price, l.rate_id,
               l.rate, l.included, l.tax, l.total, l.prepared, l.minutes, l.note, l.version,
               l.discount, l.share, l.discount_type, l.discount_value, l.by_staff, l.reason,
               l.modifiers::jsonb, l.before_milli, l.before_minor
        from unnest($3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[], $8::uuid[],
                    $9::int[], $10::bool[], $11::bigint[], $12::bigint[], $13::bool[],
                    $14::int[], $15::text[], $16::bigint[], $17::bigint[], $18::bigint[],
                    $19::text[], $20::bigint[], $21::uuid[], $22::text[], $23::text[],
                    $24::bigint[], $25::bigint[])
          with ordinality as l (
            id, product_id, name, quantity, price, rate_id, rate, included, tax, total, prepared,
            minutes, note, version, discount, share, discount_type, discount_value, by_staff,
            reason, modifiers, before_milli, before_minor, position)
        """,
        *(tx.merchant_id, order_id),
        *_columns(bill.lines),
        rows=len(bill.lines),
    )


def _columns(lines: Sequence[Line]) -> list[list[object]]:
    """List what stands in each column, line by line."""
    return [
        [line.id for line in lines],
        [line.of.product_id for line in lines],
        [line.of.name for line in lines],
        [line.item.quantity_milli for line in lines],
        [line.of.unit_price.minor for line in lines],
        [line.of.tax_rate_id for line in lines],
        [line.of.rate_basis_points for line in lines],
        [line.of.tax_included for line in lines],
        [line.tax.minor for line in lines],
        [line.total.minor for line in lines],
        [line.of.needs_preparation for line in lines],
        [line.of.prep_minutes for line in lines],
        [line.item.note for line in lines],
        [line.item.version for line in lines],
        [line.item.discount_amount.minor for line in lines],
        [line.discount_share.minor for line in lines],
        [line.item.discount.type if line.item.discount else None for line in lines],
        [line.item.discount.value if line.item.discount else None for line in lines],
        [line.of.override.by if line.of.override else None for line in lines],
        [line.of.override.reason if line.of.override else None for line in lines],
        [_modifiers(line) for line in lines],
        [line.item.part.before_milli for line in lines],
        [line.item.part.before_minor for line in lines],
    ]


def _modifiers(line: Line) -> str:
    chosen = [
        {"id": one.id, "name": one.name, "price_delta": one.price_delta.minor}
        for one in line.of.modifiers
    ]
    return msgspec.json.encode(chosen).decode()
