"""What people and tills read of orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from fynlo import staff
from fynlo.kernel.ids import LineId, OrderId, ProductId, StaffId, TaxRateId
from fynlo.kernel.money import Money, total
from fynlo.orders.discounts import Discount, DiscountType, is_left_behind
from fynlo.orders.model import Change, State
from fynlo.orders.moves import Moved, MoveKind
from fynlo.orders.pricing import Chosen, Item, Line, Override, Part, Priced
from fynlo.orders.store import found, order

if TYPE_CHECKING:
    from fynlo.kernel.ids import LocationId
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
    business_day: date | None = None
    number: int | None = None


HISTORY_MAX: Final = 50

_CONTENTS: Final = """
  (select json_agg(to_jsonb(l) order by l.position) from order_lines l
    where l.merchant_id = o.merchant_id and l.order_id = o.id)::text as lines,
  (select json_agg(to_jsonb(h) order by h.at, h.id) from (
    select * from order_history h where h.merchant_id = o.merchant_id and h.order_id = o.id
    order by h.at desc, h.id desc limit $3) h)::text as history,
  (select to_jsonb(d) from order_discounts d
    where d.merchant_id = o.merchant_id and d.order_id = o.id)::text as discount,
  (select json_agg(to_jsonb(m) order by m.at, m.from_order_id, m.to_order_id) from order_moves m
    where m.merchant_id = o.merchant_id and o.id in (m.from_order_id, m.to_order_id))::text
    as moves
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
    before_milli: int
    before_minor: int


class _DiscountRow(msgspec.Struct, frozen=True):
    type: DiscountType
    value: int


class _ChangeRow(msgspec.Struct, frozen=True):
    from_state: State | None
    to_state: State
    at: datetime
    by_staff: UUID | None
    reason: str | None


class _MoveRow(msgspec.Struct, frozen=True):
    kind: MoveKind
    from_order_id: UUID
    to_order_id: UUID
    at: datetime
    by_staff: UUID


_lines: Final = msgspec.json.Decoder(list[_LineRow])
_moves: Final = msgspec.json.Decoder(list[_MoveRow])
_changes: Final = msgspec.json.Decoder(list[_ChangeRow])
_discount: Final = msgspec.json.Decoder(_DiscountRow | None)


@dataclass(frozen=True, slots=True)
class Contents:
    """What is on an order, and its latest fifty changes, oldest first."""

    lines: tuple[Line, ...]
    history: tuple[Change, ...]
    discount: Discount | None = None
    """What is taken off all of it, as it was given."""
    moves: tuple[Moved, ...] = ()
    """Which orders its lines came from and went to, oldest first."""
    borne: Money | None = None
    """What the discount takes off, where the lines, which bear it, are not read."""

    def and_then(self, change: Change | None) -> Contents:
        """Add what was just written to the history."""
        if change is None:
            return self
        return replace(self, history=(*self.history, change)[-HISTORY_MAX:])


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
    lines = tuple(_line(one, unit) for one in _lines.decode(row["lines"] or "[]"))
    return Contents(
        lines,
        tuple(
            Change(one.from_state, one.to_state, one.at, _staff(one.by_staff), one.reason)
            for one in _changes.decode(row["history"] or "[]")
        ),
        _given(
            row,
            total((line.item.left for line in lines), unit),
            total((line.discount_share for line in lines), unit),
        ),
        tuple(
            Moved(
                one.kind,
                OrderId(one.from_order_id),
                OrderId(one.to_order_id),
                one.at,
                StaffId(one.by_staff),
            )
            for one in _moves.decode(row["moves"] or "[]")
        ),
    )


def _given(row: Row, left: Money, borne: Money) -> Discount | None:
    """Read an order's discount: of `left`, what it takes off, the lines bear `borne`."""
    given = _discount.decode(row["discount"] or "null")
    if given is None:
        return None
    discount = Discount(given.type, given.value)
    return None if is_left_behind(discount, left, borne) else discount


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
    part = Part(row.before_milli, row.before_minor)
    item = Item(LineId(row.id), of, row.quantity_milli, row.note, discount, row.version, part)
    share = Money(row.order_discount_minor, unit)
    return Line(item, share, Money(row.tax_minor, unit), Money(row.total_minor, unit))


async def business_day(tx: Tx, location_id: LocationId, now: datetime) -> date:
    """Tell which business day it is at a location."""
    row = await tx.fetchrow(
        "select timezone, day_cutoff from locations where merchant_id = $1 and id = $2",
        *(tx.merchant_id, location_id),
    )
    assert row is not None
    return staff.business_day(now, row["timezone"], row["day_cutoff"])


async def has_lines_of_others(tx: Tx, order_id: OrderId, staff_id: StaffId) -> bool:
    """Whether it was given lines, by whichever way, of an order that somebody else took."""
    has: bool = await tx.fetchval(
        """
        with recursive givers (id) as (
          select from_order_id from order_moves where merchant_id = $1 and to_order_id = $2
          union
          select m.from_order_id from givers g
          join order_moves m on m.merchant_id = $1 and m.to_order_id = g.id
        )
        select exists (
          select 1 from givers g join orders o on o.merchant_id = $1 and o.id = g.id
          where o.created_by <> $3
        )
        """,
        *(tx.merchant_id, order_id, staff_id),
    )
    return has


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


_FILTERS: Final = {
    "state": """${} = case
        when stage = 'closed' then 'done'
        when stage <> 'validated' then stage
        when payment_state = 'unpaid' then 'validated'
        when payment_state = 'partially_paid' then 'partially_paid'
        when kitchen_state in ('none', 'sent') then 'paid'
        when kitchen_state = 'served' then 'done'
        else kitchen_state end""",
    "location_id": "location_id = ${}",
    "table": "table_name = ${}",
    "since": "created_at >= ${}",
    "until": "created_at < ${}",
    # Orders are numbered, and indexed, by their place and day.
    "business_day": """business_day = ${}
        and location_id in (select l.id from locations l where l.merchant_id = $1)""",
    "number": "number = ${}",
}
"""What each filter means. The state is a word for three columns: its table is here again."""

_PAGE: Final = """
  select o.*, given.* from (
    select * from orders where merchant_id = $1 and {}
    order by created_at desc, id desc limit $2
  ) o
  left join lateral (
    select json_build_object('type', d.type, 'value', d.value)::text as discount,
      coalesce(sum(l.order_discount_minor), 0)::bigint as borne_minor,
      coalesce(sum(l.total_minor - case when l.tax_included then 0 else l.tax_minor end
        + l.order_discount_minor), 0)::bigint as left_minor
    from order_discounts d
    left join order_lines l on l.merchant_id = d.merchant_id and l.order_id = d.order_id
    where d.merchant_id = o.merchant_id and d.order_id = o.id
    group by d.type, d.value
  ) given on true
  order by o.created_at desc, o.id desc
"""


def page(wanted: OrderFilter, values: list[object]) -> str:
    """Write the query of one page, and add what it is asked with to the values."""
    conditions = ["true"]
    for name, condition in _FILTERS.items():
        value = getattr(wanted, name)
        if value is not None:
            values.append(value)
            conditions.append(condition.format(len(values)))
    if wanted.before is not None:
        values += wanted.before
        conditions.append(f"(created_at, id) < (${len(values) - 1}, ${len(values)})")
    return _PAGE.format(" and ".join(conditions))


async def orders(tx: Tx, wanted: OrderFilter, limit: int) -> list[tuple[Order, Contents]]:
    """List orders, newest first, with their discounts, but without lines and history.

    Only what is asked for is in the query, so that its plan is made for that.
    """
    values: list[object] = [tx.merchant_id, limit]
    rows = await tx.fetch(page(wanted, values), *values)
    return [(of := order(row), _listed(row, of.currency)) for row in rows]


def _listed(row: Row, unit: Currency) -> Contents:
    if row["discount"] is None:
        return Contents((), ())
    borne = Money(row["borne_minor"], unit)
    discount = _given(row, Money(row["left_minor"], unit), borne)
    return Contents((), (), discount, borne=borne)


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
