"""What people and tills read of orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from fynlo.kernel.ids import LineId, ProductId, StaffId, TaxRateId
from fynlo.kernel.money import Money
from fynlo.orders.discounts import Discount, DiscountType
from fynlo.orders.model import Change, State
from fynlo.orders.pricing import Chosen, Item, Line, Override, Priced
from fynlo.orders.store import found, order

if TYPE_CHECKING:
    from fynlo.kernel.ids import LocationId, OrderId
    from fynlo.kernel.money import Currency
    from fynlo.orders.model import Order
    from fynlo.platform.database import Row, Tx


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders to list, and after which moment and id the page starts."""

    state: str | None = None
    location_id: UUID | None = None
    table: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, UUID] | None = None


HISTORY_MAX: Final = 50

_CONTENTS: Final = """
  (select json_agg(to_jsonb(l) order by l.position) from order_lines l
    where l.merchant_id = o.merchant_id and l.order_id = o.id)::text as lines,
  (select json_agg(to_jsonb(h) order by h.at, h.id) from (
    select * from order_history h where h.merchant_id = o.merchant_id and h.order_id = o.id
    order by h.at desc, h.id desc limit $3) h)::text as history,
  (select to_jsonb(d) from order_discounts d
    where d.merchant_id = o.merchant_id and d.order_id = o.id)::text as discount
"""

_ONE: Final = "from orders o where o.merchant_id = $1 and o.id = $2"


class _ModifierRow(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    price_delta: int


class _LineRow(msgspec.Struct, frozen=True):
    id: UUID
    product_id: UUID
    name: str
    quantity_milli: int
    unit_price_minor: int
    tax_rate_id: UUID
    rate_basis_points: int
    tax_included: bool
    tax_minor: int
    total_minor: int
    needs_preparation: bool
    prep_minutes: int
    note: str | None
    version: int
    modifiers: list[_ModifierRow]
    order_discount_minor: int
    discount_type: DiscountType | None
    discount_value: int | None
    overridden_by: UUID | None
    override_reason: str | None


class _DiscountRow(msgspec.Struct, frozen=True):
    type: DiscountType
    value: int


class _ChangeRow(msgspec.Struct, frozen=True):
    from_state: State | None
    to_state: State
    at: datetime
    by_staff: UUID | None
    reason: str | None


_lines: Final = msgspec.json.Decoder(list[_LineRow])
_changes: Final = msgspec.json.Decoder(list[_ChangeRow])
_discount: Final = msgspec.json.Decoder(_DiscountRow | None)


@dataclass(frozen=True, slots=True)
class Contents:
    """What is on an order, and its latest fifty changes, oldest first."""

    lines: tuple[Line, ...]
    history: tuple[Change, ...]
    discount: Discount | None = None
    """What is taken off all of it, as it was given."""

    def and_then(self, change: Change | None) -> Contents:
        """Add what was just written to the history."""
        if change is None:
            return self
        return replace(self, history=(*self.history, change)[-HISTORY_MAX:])


NOTHING: Final = Contents((), ())
"""What a list shows of an order's contents."""


async def contents(tx: Tx, of: Order) -> Contents:
    """Read an order's lines and its latest history, in one round trip."""
    row = await tx.fetchrow(
        "select " + _CONTENTS + _ONE,
        *(tx.merchant_id, of.id, HISTORY_MAX),
    )
    assert row is not None
    return _contents(row, of.currency)


async def with_contents(tx: Tx, order_id: OrderId) -> tuple[Order, Contents]:
    """Read an order with its contents, in one round trip; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select o.*, " + _CONTENTS + _ONE,
        *(tx.merchant_id, order_id, HISTORY_MAX),
    )
    of = found(row, order_id)
    assert row is not None
    return of, _contents(row, of.currency)


def _contents(row: Row, unit: Currency) -> Contents:
    return Contents(
        tuple(_line(one, unit) for one in _lines.decode(row["lines"] or "[]")),
        tuple(
            Change(one.from_state, one.to_state, one.at, _staff(one.by_staff), one.reason)
            for one in _changes.decode(row["history"] or "[]")
        ),
        _given(_discount.decode(row["discount"] or "null")),
    )


def _given(row: _DiscountRow | None) -> Discount | None:
    return None if row is None else Discount(row.type, row.value)


def _staff(by: UUID | None) -> StaffId | None:
    return None if by is None else StaffId(by)


def _line(row: _LineRow, unit: Currency) -> Line:
    of = Priced(
        product_id=ProductId(row.product_id),
        name=row.name,
        unit_price=Money(row.unit_price_minor, unit),
        tax_rate_id=TaxRateId(row.tax_rate_id),
        rate_basis_points=row.rate_basis_points,
        tax_included=row.tax_included,
        needs_preparation=row.needs_preparation,
        prep_minutes=row.prep_minutes,
        modifiers=tuple(
            Chosen(one.id, one.name, Money(one.price_delta, unit)) for one in row.modifiers
        ),
        override=None
        if row.overridden_by is None or row.override_reason is None
        else Override(StaffId(row.overridden_by), row.override_reason),
    )
    given = row.discount_type, row.discount_value
    discount = None if given[0] is None or given[1] is None else Discount(given[0], given[1])
    item = Item(LineId(row.id), of, row.quantity_milli, row.note, discount, row.version)
    share = Money(row.order_discount_minor, unit)
    return Line(item, share, Money(row.tax_minor, unit), Money(row.total_minor, unit))


async def discount_limit(tx: Tx, location_id: LocationId) -> int:
    """Read what anybody may take off an order there, in basis points of its subtotal."""
    limit: int = await tx.fetchval(
        """
        select discount_limit_basis_points from rules
        where merchant_id = $1 and location_id = $2
        """,
        *(tx.merchant_id, location_id),
    )
    return limit


async def orders(tx: Tx, wanted: OrderFilter, limit: int) -> list[Order]:
    """List orders, newest first. The state is a word for three columns: the table is here again."""
    before_at, before_id = wanted.before or (None, None)
    rows = await tx.fetch(
        """
        select * from (
          select o.*, case
            when stage = 'closed' then 'done'
            when stage <> 'validated' then stage
            when payment_state = 'unpaid' then 'validated'
            when payment_state = 'partially_paid' then 'partially_paid'
            when kitchen_state in ('none', 'sent') then 'paid'
            when kitchen_state = 'served' then 'done'
            else kitchen_state end as state
          from orders o where merchant_id = $1
        ) o
        where ($2::text is null or state = $2)
          and ($3::uuid is null or location_id = $3)
          and ($4::text is null or table_name = $4)
          and ($5::timestamptz is null or created_at >= $5)
          and ($6::timestamptz is null or created_at < $6)
          and ($7::timestamptz is null or (created_at, id) < ($7, $8::uuid))
        order by created_at desc, id desc
        limit $9
        """,
        *(tx.merchant_id, wanted.state, wanted.location_id, wanted.table),
        *(wanted.since, wanted.until, before_at, before_id, limit),
    )
    return [order(row) for row in rows]


async def history(tx: Tx, order_id: OrderId, limit: int) -> list[Change]:
    """Read an order's latest changes of state, oldest first."""
    rows = await tx.fetch(
        """
        select from_state, to_state, at, by_staff, reason from order_history
        where merchant_id = $1 and order_id = $2 order by at desc, id desc limit $3
        """,
        *(tx.merchant_id, order_id, limit),
    )
    return [
        Change(
            from_state=None if row["from_state"] is None else State(row["from_state"]),
            to_state=State(row["to_state"]),
            at=row["at"],
            by=_staff(row["by_staff"]),
            reason=row["reason"],
        )
        for row in reversed(rows)
    ]
