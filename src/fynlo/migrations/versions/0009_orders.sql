-- Discounts, other prices, and the version of a line. The old code reads lines as JSON, so new columns of
-- theirs are nothing to it; it selects all columns of an order, so an order's discount is in a table of
-- its own. What the old code writes has the defaults.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

alter table fynlo.order_lines
  -- What a person gave: basis points, or minor units. What that comes to is discount_minor.
  add column discount_type        text,
  add column discount_value       bigint,
  -- What this line bears of the order's discount.
  add column order_discount_minor bigint not null default 0,
  -- Who sold it at another price than the menu's, and why.
  add column overridden_by        uuid,
  add column override_reason      text,
  add column version              bigint not null default 1,
  -- What was chosen with it, as it was called and priced then: [{"id", "name", "price_delta"}].
  add column modifiers            jsonb  not null default '[]';
alter table fynlo.order_lines add constraint order_lines_discount
  check ((discount_type is null) = (discount_value is null)
    and (discount_type is null or discount_type in ('percent', 'amount'))
    and (discount_value is null or discount_value > 0)
    and order_discount_minor >= 0
    and (overridden_by is null) = (override_reason is null)) not valid;

create table fynlo.order_discounts (
  merchant_id  uuid        not null,
  order_id     uuid        not null,
  type         text        not null check (type in ('percent', 'amount')),
  value        bigint      not null check (value > 0),
  given_by     uuid        not null,
  given_at     timestamptz not null,
  primary key (merchant_id, order_id),
  foreign key (merchant_id, order_id) references fynlo.orders (merchant_id, id),
  check (type = 'amount' or value <= 10000)
);

grant select, insert, update, delete on fynlo.order_discounts to fynlo_app;
alter table fynlo.order_discounts enable row level security;
alter table fynlo.order_discounts force row level security;
create policy tenant on fynlo.order_discounts to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

-- What anybody who may take an order may take off it, in basis points of its subtotal. Not a column of
-- settings, of which the old code selects all columns; without a row it is nothing.
create table fynlo.discount_limits (
  merchant_id                  uuid    primary key references fynlo.merchants (id),
  discount_limit_basis_points  bigint  not null check (discount_limit_basis_points between 0 and 10000)
);
grant select, insert, update on fynlo.discount_limits to fynlo_app;
alter table fynlo.discount_limits enable row level security;
alter table fynlo.discount_limits force row level security;
create policy tenant on fynlo.discount_limits to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

alter table fynlo.location_settings add column discount_limit_basis_points bigint
  check (discount_limit_basis_points between 0 and 10000);

create or replace view fynlo.rules with (security_invoker = true) as
select
  l.merchant_id, l.id as location_id,
  coalesce(o.allow_partial_payments, s.allow_partial_payments) as allow_partial_payments,
  coalesce(o.allow_overpayment, s.allow_overpayment) as allow_overpayment,
  coalesce(o.change_limit_minor, s.change_limit_minor) as change_limit_minor,
  coalesce(o.drawer_tolerance_minor, s.drawer_tolerance_minor) as drawer_tolerance_minor,
  coalesce(o.require_manager_approval, s.require_manager_approval) as require_manager_approval,
  coalesce(o.approval_threshold_minor, s.approval_threshold_minor) as approval_threshold_minor,
  s.auto_reconcile_cash,
  coalesce(o.cash_drawer_enabled, s.cash_drawer_enabled) as cash_drawer_enabled,
  coalesce(o.opening_balance_required, s.opening_balance_required) as opening_balance_required,
  coalesce(o.closing_balance_required, s.closing_balance_required) as closing_balance_required,
  coalesce(o.send_unpaid_orders_to_kitchen, s.send_unpaid_orders_to_kitchen)
    as send_unpaid_orders_to_kitchen,
  s.action_deadline_seconds,
  coalesce(o.discount_limit_basis_points, d.discount_limit_basis_points, 0)
    as discount_limit_basis_points
from fynlo.locations l
join fynlo.settings s on s.merchant_id = l.merchant_id
left join fynlo.discount_limits d on d.merchant_id = l.merchant_id
left join fynlo.location_settings o on o.merchant_id = l.merchant_id and o.location_id = l.id;
