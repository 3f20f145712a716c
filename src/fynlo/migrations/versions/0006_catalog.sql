-- The rest of the catalogue, and what differs at a location. All of it is in tables of its own: the old
-- code selects all columns of products, tax_rates and settings, and would meet new ones. It neither reads
-- nor writes these, so both may run; a price that the old code changes has no row in product_prices.
-- No extension is needed, and so no superuser: see docs/adr/0022-the-catalogue.md.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

create table fynlo.modifiers (
  merchant_id        uuid        not null references fynlo.merchants (id),
  id                 uuid        not null,
  name               text        not null,
  price_delta_minor  bigint      not null,
  currency           text        not null check (currency ~ '^[A-Z]{3}$'),
  active             boolean     not null default true,
  version            bigint      not null default 1,
  created_at         timestamptz not null,
  primary key (merchant_id, id)
);

-- Which modifiers a product may take, in their order.
create table fynlo.product_modifiers (
  merchant_id  uuid    not null,
  product_id   uuid    not null,
  modifier_id  uuid    not null,
  position     bigint  not null,
  primary key (merchant_id, product_id, modifier_id),
  foreign key (merchant_id, product_id) references fynlo.products (merchant_id, id),
  foreign key (merchant_id, modifier_id) references fynlo.modifiers (merchant_id, id)
);

-- Products of one rate are taxed by another one at a location. The ledger keeps taxes by rate, so
-- another country's tax has an account of its own.
create table fynlo.location_tax_rates (
  merchant_id      uuid  not null,
  location_id      uuid  not null,
  tax_rate_id      uuid  not null,
  applied_rate_id  uuid  not null,
  primary key (merchant_id, location_id, tax_rate_id),
  foreign key (merchant_id, location_id) references fynlo.locations (merchant_id, id),
  foreign key (merchant_id, tax_rate_id) references fynlo.tax_rates (merchant_id, id),
  foreign key (merchant_id, applied_rate_id) references fynlo.tax_rates (merchant_id, id),
  check (applied_rate_id <> tax_rate_id)
);

-- What a location has none left of, until a moment or until somebody says that there is more.
create table fynlo.sold_out (
  merchant_id  uuid        not null,
  location_id  uuid        not null,
  product_id   uuid        not null,
  until        timestamptz,
  since        timestamptz not null,
  by_staff     uuid        not null,
  primary key (merchant_id, location_id, product_id),
  foreign key (merchant_id, location_id) references fynlo.locations (merchant_id, id),
  foreign key (merchant_id, product_id) references fynlo.products (merchant_id, id)
);

create table fynlo.catalog_imports (
  merchant_id  uuid        not null references fynlo.merchants (id),
  id           uuid        not null,  -- That of its command.
  by_staff     uuid        not null,
  at           timestamptz not null,
  added        bigint      not null check (added >= 0),
  changed      bigint      not null check (changed >= 0),
  unchanged    bigint      not null check (unchanged >= 0),
  primary key (merchant_id, id)
);

create table fynlo.product_prices (
  merchant_id      uuid        not null,
  id               uuid        not null,
  product_id       uuid        not null,
  at               timestamptz not null,
  by_staff         uuid,
  -- Both null: it is new.
  old_price_minor  bigint      check (old_price_minor >= 0),
  old_currency     text        check (old_currency ~ '^[A-Z]{3}$'),
  price_minor      bigint      not null check (price_minor >= 0),
  currency         text        not null check (currency ~ '^[A-Z]{3}$'),
  reason           text,
  import_id        uuid,
  primary key (merchant_id, id),
  foreign key (merchant_id, product_id) references fynlo.products (merchant_id, id),
  foreign key (merchant_id, import_id) references fynlo.catalog_imports (merchant_id, id),
  check ((old_price_minor is null) = (old_currency is null))
);
create index product_prices_by_time on fynlo.product_prices (merchant_id, product_id, at desc, id desc);

-- Null: the merchant's rule holds.
create table fynlo.location_settings (
  merchant_id                    uuid        not null,
  location_id                    uuid        not null,
  allow_partial_payments         boolean,
  allow_overpayment              boolean,
  change_limit_minor             bigint      check (change_limit_minor >= 0),
  drawer_tolerance_minor         bigint      check (drawer_tolerance_minor >= 0),
  require_manager_approval       boolean,
  approval_threshold_minor       bigint      check (approval_threshold_minor >= 0),
  cash_drawer_enabled            boolean,
  opening_balance_required       boolean,
  closing_balance_required       boolean,
  send_unpaid_orders_to_kitchen  boolean,
  version                        bigint      not null default 1,
  updated_at                     timestamptz not null,
  primary key (merchant_id, location_id),
  foreign key (merchant_id, location_id) references fynlo.locations (merchant_id, id)
);

-- The rules as they hold at each location. Whoever obeys a rule reads it here.
create view fynlo.rules with (security_invoker = true) as
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
  s.action_deadline_seconds
from fynlo.locations l
join fynlo.settings s on s.merchant_id = l.merchant_id
left join fynlo.location_settings o on o.merchant_id = l.merchant_id and o.location_id = l.id;

-- Pages of the menu are read in this order.
-- squawk-ignore require-concurrent-index-creation
create index products_by_name on fynlo.products (merchant_id, name, id);

grant select, insert, update on fynlo.modifiers, fynlo.location_settings to fynlo_app;
grant select, insert, delete on fynlo.product_modifiers to fynlo_app;
grant select, insert, update, delete on fynlo.location_tax_rates, fynlo.sold_out to fynlo_app;
-- Journals: nobody changes or removes what a price was, or what was imported.
grant select, insert on fynlo.product_prices, fynlo.catalog_imports to fynlo_app;
grant select on fynlo.rules to fynlo_app;

do $$
declare
  name text;
begin
  foreach name in array array[
    'modifiers', 'product_modifiers', 'location_tax_rates', 'sold_out', 'catalog_imports',
    'product_prices', 'location_settings'
  ]
  loop
    execute format('alter table fynlo.%I enable row level security', name);
    execute format('alter table fynlo.%I force row level security', name);
    execute format(
      'create policy tenant on fynlo.%I to fynlo_app using (merchant_id = nullif(current_setting(''fynlo.merchant_id'', true), '''')::uuid)',
      name
    );
  end loop;
end
$$;
