-- The first schema. merchant_id leads every primary key and unique constraint of tenant tables;
-- composite foreign keys carry it; row-level security is the second wall; there are no triggers.
-- Money columns are bigint named *_minor: whole minor units of the row's currency.
-- squawk-ignore-file ban-char-field, prefer-bigint-over-smallint, prefer-bigint-over-int


set local lock_timeout = '5s';
set local statement_timeout = '60s';

create schema fynlo;
grant usage on schema fynlo to fynlo_app, fynlo_system;

-- ── Merchants and people ────────────────────────────────────────────────────────────────────────

create table fynlo.merchants (
  id          uuid        primary key,
  name        text        not null,
  country     text        not null check (country ~ '^[A-Z]{2}$'),
  created_at  timestamptz not null
);

create table fynlo.settings (
  merchant_id                    uuid        primary key references fynlo.merchants (id),
  allow_partial_payments         boolean     not null default true,
  allow_overpayment              boolean     not null default true,
  change_limit_minor             bigint      not null default 10000 check (change_limit_minor >= 0),
  drawer_tolerance_minor         bigint      not null default 100 check (drawer_tolerance_minor >= 0),
  require_manager_approval       boolean     not null default true,
  approval_threshold_minor       bigint      not null default 0 check (approval_threshold_minor >= 0),
  auto_reconcile_cash            boolean     not null default true,
  cash_drawer_enabled            boolean     not null default true,
  opening_balance_required       boolean     not null default true,
  closing_balance_required       boolean     not null default true,
  send_unpaid_orders_to_kitchen  boolean     not null default true,
  action_deadline_seconds        integer     not null default 900 check (action_deadline_seconds between 60 and 86400),
  version                        bigint      not null default 1,
  updated_at                     timestamptz not null
);

create table fynlo.locations (
  merchant_id  uuid        not null references fynlo.merchants (id),
  id           uuid        not null,
  name         text        not null,
  country      text        not null check (country ~ '^[A-Z]{2}$'),
  currency     text        not null check (currency ~ '^[A-Z]{3}$'),
  timezone     text        not null,
  day_cutoff   time        not null default '04:00',
  active       boolean     not null default true,
  version      bigint      not null default 1,
  created_at   timestamptz not null,
  primary key (merchant_id, id),
  unique (merchant_id, id, currency)
);

create table fynlo.registers (
  merchant_id  uuid        not null,
  id           uuid        not null,
  location_id  uuid        not null,
  name         text        not null,
  active       boolean     not null default true,
  version      bigint      not null default 1,
  created_at   timestamptz not null,
  primary key (merchant_id, id),
  foreign key (merchant_id, location_id) references fynlo.locations (merchant_id, id)
);

create table fynlo.staff (
  merchant_id    uuid        not null references fynlo.merchants (id),
  id             uuid        not null,
  name           text        not null,
  email          text        not null,
  role           text        not null check (role in ('cashier', 'manager', 'admin', 'kitchen')),
  password_hash  text        not null,
  pin_hash       text,
  location_ids   uuid[]      not null,
  active         boolean     not null default true,
  version        bigint      not null default 1,
  created_at     timestamptz not null,
  primary key (merchant_id, id)
);

-- What precedes a merchant: an address or a token leads to one. Read by fynlo_system.
create table fynlo.logins (
  email        text  primary key,
  merchant_id  uuid  not null,
  staff_id     uuid  not null,
  foreign key (merchant_id, staff_id) references fynlo.staff (merchant_id, id)
);

create table fynlo.login_failures (
  email      text        not null,
  id         uuid        not null,
  failed_at  timestamptz not null,
  primary key (email, id)
);

create table fynlo.sessions (
  merchant_id  uuid        not null,
  id           uuid        not null,
  staff_id     uuid        not null,
  device_id    uuid,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  revoked_at   timestamptz,
  primary key (merchant_id, id),
  foreign key (merchant_id, staff_id) references fynlo.staff (merchant_id, id)
);

create table fynlo.refresh_tokens (
  token_hash   bytea       primary key,
  merchant_id  uuid        not null,
  session_id   uuid        not null,
  expires_at   timestamptz not null,
  used_at      timestamptz,
  foreign key (merchant_id, session_id) references fynlo.sessions (merchant_id, id)
);

-- ── Catalogue ───────────────────────────────────────────────────────────────────────────────────

create table fynlo.categories (
  merchant_id  uuid        not null references fynlo.merchants (id),
  id           uuid        not null,
  name         text        not null,
  position     integer     not null default 0,
  version      bigint      not null default 1,
  created_at   timestamptz not null,
  primary key (merchant_id, id)
);

create table fynlo.tax_rates (
  merchant_id        uuid        not null references fynlo.merchants (id),
  id                 uuid        not null,
  name               text        not null,
  rate_basis_points  integer     not null check (rate_basis_points between 0 and 10000),
  active             boolean     not null default true,
  version            bigint      not null default 1,
  created_at         timestamptz not null,
  primary key (merchant_id, id)
);

create table fynlo.products (
  merchant_id        uuid        not null,
  id                 uuid        not null,
  category_id        uuid,
  name               text        not null,
  price_minor        bigint      not null check (price_minor >= 0),
  currency           text        not null check (currency ~ '^[A-Z]{3}$'),
  tax_rate_id        uuid        not null,
  tax_included       boolean     not null,
  barcode            text,
  needs_preparation  boolean     not null default false,
  prep_minutes       integer     not null default 0 check (prep_minutes between 0 and 1440),
  active             boolean     not null default true,
  version            bigint      not null default 1,
  created_at         timestamptz not null,
  primary key (merchant_id, id),
  foreign key (merchant_id, category_id) references fynlo.categories (merchant_id, id),
  foreign key (merchant_id, tax_rate_id) references fynlo.tax_rates (merchant_id, id)
);
create unique index products_barcode on fynlo.products (merchant_id, barcode) where barcode is not null;

create table fynlo.payment_methods (
  merchant_id           uuid        not null references fynlo.merchants (id),
  id                    uuid        not null,
  code                  text        not null check (code ~ '^[a-z][a-z0-9_]{1,31}$'),
  name                  text        not null,
  type                  text        not null check (type in ('cash', 'card', 'apple_pay', 'manual')),
  enabled               boolean     not null default true,
  requires_reference    boolean     not null default false,
  reference_single_use  boolean     not null default false,
  needs_confirmation    boolean     not null default false,
  opens_drawer          boolean     not null default false,
  min_amount_minor      bigint      check (min_amount_minor > 0),
  max_amount_minor      bigint      check (max_amount_minor > 0),
  version               bigint      not null default 1,
  created_at            timestamptz not null,
  primary key (merchant_id, id),
  unique (merchant_id, code)
);

-- ── The one mechanism that recognises a repeat ──────────────────────────────────────────────────

create table fynlo.commands (
  merchant_id  uuid        not null,
  id           uuid        not null,
  kind         text        not null,
  target_id    uuid,
  body_hash    bytea       not null,
  actor        uuid        not null,
  state        text        not null check (state in ('running', 'finished')),
  status       smallint,
  answer       bytea,
  created_at   timestamptz not null,
  primary key (merchant_id, id),
  check ((state = 'finished') = (answer is not null)),
  check ((state = 'finished') = (status is not null))
);

-- ── Orders ──────────────────────────────────────────────────────────────────────────────────────

create table fynlo.order_numbers (
  merchant_id   uuid    not null,
  location_id   uuid    not null,
  business_day  date    not null,
  last_number   bigint  not null,
  primary key (merchant_id, location_id, business_day)
);

create table fynlo.orders (
  merchant_id                 uuid        not null,
  id                          uuid        not null,
  location_id                 uuid        not null,
  register_id                 uuid,
  business_day                date        not null,
  number                      bigint      not null,
  stage                       text        not null check (stage in ('draft', 'validated', 'canceled', 'closed', 'invoiced')),
  payment_state               text        not null check (payment_state in ('unpaid', 'partially_paid', 'paid', 'partially_refunded', 'refunded')),
  kitchen_state               text        not null check (kitchen_state in ('none', 'sent', 'preparing', 'ready', 'served')),
  table_name                  text,
  covers                      integer     check (covers between 1 and 10000),
  currency                    text        not null check (currency ~ '^[A-Z]{3}$'),
  subtotal_minor              bigint      not null check (subtotal_minor >= 0),
  discount_total_minor        bigint      not null default 0 check (discount_total_minor >= 0),
  tax_total_minor             bigint      not null check (tax_total_minor >= 0),
  total_minor                 bigint      not null check (total_minor >= 0),
  -- The order row is locked for every tender, so these sums are always those of the last commit.
  paid_minor                  bigint      not null default 0 check (paid_minor >= 0),
  reserved_minor              bigint      not null default 0 check (reserved_minor >= 0),
  refunded_minor              bigint      not null default 0 check (refunded_minor >= 0),
  refunded_before_paid_minor  bigint      not null default 0 check (refunded_before_paid_minor >= 0),
  tip_total_minor             bigint      not null default 0 check (tip_total_minor >= 0),
  tax_by_rate                 jsonb       not null,
  needs_preparation           boolean     not null,
  content_hash                bytea       not null,
  version                     bigint      not null default 1,
  created_by                  uuid        not null,
  created_at                  timestamptz not null,
  updated_at                  timestamptz not null,
  paid_at                     timestamptz,
  primary key (merchant_id, id),
  unique (merchant_id, location_id, business_day, number),
  -- A location that took an order keeps its currency.
  constraint orders_currency foreign key (merchant_id, location_id, currency)
    references fynlo.locations (merchant_id, id, currency),
  foreign key (merchant_id, register_id) references fynlo.registers (merchant_id, id),
  -- The last guard against taking more than is owed, whatever the code above it believes.
  constraint orders_not_overpaid check (
    payment_state in ('paid', 'partially_refunded', 'refunded')
    or paid_minor - refunded_before_paid_minor + reserved_minor <= total_minor
  )
);
create index orders_by_time on fynlo.orders (merchant_id, created_at desc, id desc);

create table fynlo.order_lines (
  merchant_id        uuid     not null,
  order_id           uuid     not null,
  id                 uuid     not null,
  position           integer  not null,
  product_id         uuid     not null,
  name               text     not null,
  quantity_milli     bigint   not null check (quantity_milli > 0),
  unit_price_minor   bigint   not null check (unit_price_minor >= 0),
  discount_minor     bigint   not null default 0 check (discount_minor >= 0),
  tax_rate_id        uuid     not null,
  rate_basis_points  integer  not null,
  tax_included       boolean  not null,
  tax_minor          bigint   not null check (tax_minor >= 0),
  total_minor        bigint   not null check (total_minor >= 0),
  needs_preparation  boolean  not null,
  prep_minutes       integer  not null,
  note               text,
  primary key (merchant_id, order_id, id),
  foreign key (merchant_id, order_id) references fynlo.orders (merchant_id, id),
  foreign key (merchant_id, product_id) references fynlo.products (merchant_id, id)
);

create table fynlo.order_history (
  merchant_id  uuid        not null,
  order_id     uuid        not null,
  id           uuid        not null,
  from_state   text,
  to_state     text        not null,
  at           timestamptz not null,
  by_staff     uuid,
  reason       text,
  primary key (merchant_id, order_id, id),
  foreign key (merchant_id, order_id) references fynlo.orders (merchant_id, id)
);

-- ── Cash drawers ────────────────────────────────────────────────────────────────────────────────

create table fynlo.drawer_sessions (
  merchant_id           uuid        not null,
  id                    uuid        not null,
  register_id           uuid        not null,
  state                 text        not null check (state in ('open', 'closed')),
  currency              text        not null check (currency ~ '^[A-Z]{3}$'),
  opening_minor         bigint      not null check (opening_minor >= 0),
  -- Running totals, by the magnitude of what moved; the direction is the name.
  tendered_minor        bigint      not null default 0 check (tendered_minor >= 0),
  change_minor          bigint      not null default 0 check (change_minor >= 0),
  refund_minor          bigint      not null default 0 check (refund_minor >= 0),
  paid_in_minor         bigint      not null default 0 check (paid_in_minor >= 0),
  loan_minor            bigint      not null default 0 check (loan_minor >= 0),
  paid_out_minor        bigint      not null default 0 check (paid_out_minor >= 0),
  drop_minor            bigint      not null default 0 check (drop_minor >= 0),
  pickup_minor          bigint      not null default 0 check (pickup_minor >= 0),
  balance_minor         bigint      not null,
  -- Cash lying beside the drawer for transactions that are not decided yet.
  held_minor            bigint      not null default 0 check (held_minor >= 0),
  movements             bigint      not null default 0,
  counted_minor         bigint      check (counted_minor >= 0),
  left_in_drawer_minor  bigint      check (left_in_drawer_minor >= 0),
  deposit_minor         bigint      check (deposit_minor >= 0),
  z_number              bigint,
  opened_by             uuid        not null,
  opened_at             timestamptz not null,
  closed_by             uuid,
  closed_at             timestamptz,
  version               bigint      not null default 1,
  primary key (merchant_id, id),
  foreign key (merchant_id, register_id) references fynlo.registers (merchant_id, id),
  check ((state = 'closed') = (closed_at is not null)),
  check ((state = 'closed') = (z_number is not null))
);
create unique index drawer_sessions_one_open on fynlo.drawer_sessions (merchant_id, register_id) where state = 'open';
create unique index drawer_sessions_z on fynlo.drawer_sessions (merchant_id, register_id, z_number) where z_number is not null;

create table fynlo.drawer_movements (
  merchant_id     uuid        not null,
  session_id      uuid        not null,
  sequence        bigint      not null,
  type            text        not null check (type in ('opening', 'tendered', 'change', 'refund', 'paid_in', 'loan', 'paid_out', 'drop', 'pickup', 'no_sale', 'adjustment', 'closing')),
  amount_minor    bigint      not null check (amount_minor >= 0),
  direction       smallint    not null check (direction in (-1, 0, 1)),
  currency        text        not null,
  balance_minor   bigint      not null,
  order_id        uuid,
  tender_id       uuid,
  reason          text,
  by_staff        uuid        not null,
  at              timestamptz not null,
  primary key (merchant_id, session_id, sequence),
  foreign key (merchant_id, session_id) references fynlo.drawer_sessions (merchant_id, id)
);

-- ── Payments ────────────────────────────────────────────────────────────────────────────────────

create table fynlo.transactions (
  merchant_id        uuid        not null,
  id                 uuid        not null,
  order_id           uuid        not null,
  status             text        not null check (status in ('processing', 'requires_action', 'checking', 'completed', 'declined', 'canceled', 'expired', 'needs_attention')),
  goal               text        not null check (goal in ('complete', 'decline', 'cancel', 'expire')),
  currency           text        not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor       bigint      not null check (amount_minor > 0),
  tip_minor          bigint      not null check (tip_minor >= 0),
  change_minor       bigint      not null default 0 check (change_minor >= 0),
  reserved_minor     bigint      not null check (reserved_minor >= 0),
  drawer_session_id  uuid,
  staff_id           uuid        not null,
  started_at         timestamptz not null,
  deadline_at        timestamptz not null,
  completed_at       timestamptz,
  -- When somebody must look again; null once nothing is left to do.
  due_at             timestamptz,
  cancel_reason      text,
  needs_attention    boolean     not null default false,
  primary key (merchant_id, id),
  foreign key (merchant_id, order_id) references fynlo.orders (merchant_id, id),
  foreign key (merchant_id, drawer_session_id) references fynlo.drawer_sessions (merchant_id, id)
);
create index transactions_by_order on fynlo.transactions (merchant_id, order_id, started_at);
create index transactions_by_time on fynlo.transactions (merchant_id, started_at desc, id desc);
create index transactions_due on fynlo.transactions (due_at) where due_at is not null;

create table fynlo.tenders (
  merchant_id          uuid      not null,
  id                   uuid      not null,
  transaction_id       uuid      not null,
  order_id             uuid      not null,
  position             smallint  not null,
  method               text      not null,
  type                 text      not null check (type in ('cash', 'card', 'manual')),
  state                text      not null check (state in ('pending', 'requires_action', 'processing', 'authorized', 'capturing', 'captured', 'declined', 'voiding', 'voided', 'unknown', 'partially_refunded', 'refunded', 'disputed')),
  currency             text      not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor         bigint    not null check (amount_minor > 0),
  tip_minor            bigint    not null check (tip_minor >= 0),
  tendered_minor       bigint    check (tendered_minor > 0),
  change_minor         bigint    check (change_minor >= 0),
  refunded_minor       bigint    not null default 0 check (refunded_minor >= 0),
  reference            text,
  single_use_reference boolean   not null default false,
  needs_confirmation   boolean   not null default false,
  confirmed_by         uuid,
  provider             text,
  provider_reference   text,
  payment_method_ref   text,
  exposed              boolean   not null default false,
  action_type          text,
  action_url           text,
  card_brand           text,
  card_last4           text      check (card_last4 ~ '^[0-9]{4}$'),
  card_wallet          text,
  decline_code         text,
  decline_message      text,
  primary key (merchant_id, id),
  unique (merchant_id, transaction_id, position),
  foreign key (merchant_id, transaction_id) references fynlo.transactions (merchant_id, id),
  check (refunded_minor <= amount_minor + tip_minor)
);
create index tenders_by_order on fynlo.tenders (merchant_id, order_id);
create unique index tenders_provider_reference on fynlo.tenders (merchant_id, provider, provider_reference) where provider_reference is not null;
create unique index tenders_single_reference on fynlo.tenders (merchant_id, method, reference)
  where single_use_reference and state not in ('declined', 'voided');

create table fynlo.operations (
  merchant_id     uuid        not null,
  id              uuid        not null,
  transaction_id  uuid        not null,
  tender_id       uuid        not null,
  kind            text        not null check (kind in ('charge', 'authorize', 'capture', 'void', 'refund')),
  attempt         smallint    not null,
  state           text        not null check (state in ('sent', 'lost', 'approved', 'declined', 'action', 'burned')),
  amount_minor    bigint      not null check (amount_minor > 0),
  provider_key    text        not null,
  first_sent_at   timestamptz not null,
  lease_until     timestamptz not null,
  looks           integer     not null default 0,
  detail          text,
  created_at      timestamptz not null,
  primary key (merchant_id, id),
  unique (merchant_id, provider_key),
  unique (merchant_id, tender_id, kind, attempt),
  foreign key (merchant_id, tender_id) references fynlo.tenders (merchant_id, id),
  foreign key (merchant_id, transaction_id) references fynlo.transactions (merchant_id, id)
);
create index operations_by_transaction on fynlo.operations (merchant_id, transaction_id);
-- One live attempt per tender and kind.
create unique index operations_one_live on fynlo.operations (merchant_id, tender_id) where state in ('sent', 'lost');

create table fynlo.exceptions (
  merchant_id     uuid        not null,
  id              uuid        not null,
  kind            text        not null,
  transaction_id  uuid,
  tender_id       uuid,
  order_id        uuid,
  detail          jsonb       not null,
  state           text        not null check (state in ('open', 'resolved')),
  opened_at       timestamptz not null,
  resolved_at     timestamptz,
  resolved_by     uuid,
  action          text,
  note            text,
  primary key (merchant_id, id)
);

-- ── The ledger: append-only by privilege ────────────────────────────────────────────────────────

create table fynlo.ledger_postings (
  merchant_id     uuid        not null,
  cause_id        uuid        not null,
  recipe          text        not null,
  line            smallint    not null,
  debit_account   text        not null,
  credit_account  text        not null check (credit_account <> debit_account),
  amount_minor    bigint      not null check (amount_minor > 0),
  currency        text        not null check (currency ~ '^[A-Z]{3}$'),
  order_id        uuid,
  booked_at       timestamptz not null,
  primary key (merchant_id, cause_id, recipe, line)  -- One cause is booked once.
);
create index ledger_postings_by_time on fynlo.ledger_postings (merchant_id, booked_at);

create table fynlo.ledger_snapshots (
  merchant_id   uuid    not null,
  account       text    not null,
  currency      text    not null,
  day           date    not null,
  debit_minor   bigint  not null check (debit_minor >= 0),
  credit_minor  bigint  not null check (credit_minor >= 0),
  primary key (merchant_id, day, account, currency)
);

-- ── After the commit ────────────────────────────────────────────────────────────────────────────

create table fynlo.outbox (
  merchant_id  uuid        not null,
  id           uuid        not null,
  position     bigint      generated always as identity,
  type         text        not null,
  rooms        text[]      not null,
  payload      jsonb       not null,
  at           timestamptz not null,
  due_at       timestamptz not null,
  primary key (merchant_id, id)
);
create index outbox_by_position on fynlo.outbox (merchant_id, position);
create index outbox_due on fynlo.outbox (due_at);

create table fynlo.events (
  merchant_id  uuid        not null,
  sequence     bigint      not null,
  id           uuid        not null,
  type         text        not null,
  rooms        text[]      not null,
  payload      jsonb       not null,
  at           timestamptz not null,
  primary key (merchant_id, sequence),
  unique (merchant_id, id)
);

create table fynlo.event_streams (
  merchant_id         uuid    primary key,
  last_sequence       bigint  not null,
  published_sequence  bigint  not null,
  due_at              timestamptz  -- Set while something numbered is not published yet.
);
create index event_streams_due on fynlo.event_streams (due_at) where due_at is not null;

-- ── Who may do what ─────────────────────────────────────────────────────────────────────────────

grant select, insert, update on
  fynlo.merchants, fynlo.settings, fynlo.locations, fynlo.registers, fynlo.staff, fynlo.logins,
  fynlo.sessions, fynlo.refresh_tokens, fynlo.categories, fynlo.tax_rates, fynlo.products,
  fynlo.payment_methods, fynlo.commands, fynlo.order_numbers, fynlo.orders, fynlo.drawer_sessions,
  fynlo.transactions, fynlo.tenders, fynlo.operations, fynlo.exceptions, fynlo.event_streams
  to fynlo_app;
grant select, insert, delete on fynlo.order_lines, fynlo.outbox to fynlo_app;
-- Journals: nothing in them is ever changed or removed.
grant select, insert on
  fynlo.order_history, fynlo.drawer_movements, fynlo.ledger_postings, fynlo.ledger_snapshots,
  fynlo.events
  to fynlo_app;

grant select (merchant_id, id, due_at) on fynlo.transactions, fynlo.outbox to fynlo_system;
grant select (merchant_id, due_at) on fynlo.event_streams to fynlo_system;
grant select on fynlo.logins to fynlo_system;
grant select on fynlo.refresh_tokens to fynlo_system;
grant select, insert, delete on fynlo.login_failures to fynlo_system;
grant select (id) on fynlo.merchants to fynlo_system;

do $$
declare
  name text;
begin
  for name in
    select c.relname
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'fynlo' and c.relkind = 'r' and a.attname = 'merchant_id'
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

alter table fynlo.merchants enable row level security;
alter table fynlo.merchants force row level security;
create policy tenant on fynlo.merchants to fynlo_app
  using (id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
create policy system on fynlo.merchants for select to fynlo_system using (true);
create policy system on fynlo.transactions for select to fynlo_system using (due_at is not null);
create policy system on fynlo.outbox for select to fynlo_system using (true);
create policy system on fynlo.event_streams for select to fynlo_system using (due_at is not null);
create policy system on fynlo.logins for select to fynlo_system using (true);
create policy system on fynlo.refresh_tokens for select to fynlo_system using (true);
alter table fynlo.login_failures enable row level security;
alter table fynlo.login_failures force row level security;
create policy system on fynlo.login_failures to fynlo_system using (true);
