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
  add column version              bigint not null default 1;
-- squawk-ignore constraint-missing-not-valid
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

-- What anybody who may take an order may take off it, in basis points of its subtotal.
alter table fynlo.settings
  add column discount_limit_basis_points integer not null default 0;
-- squawk-ignore constraint-missing-not-valid
alter table fynlo.settings add constraint settings_discount_limit
  check (discount_limit_basis_points between 0 and 10000) not valid;
