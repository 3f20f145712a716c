-- Orders that are split and that come together. The old code reads lines as JSON and tickets by the names
-- of their columns, so new columns are nothing to it. It prices a part of a line as if it were a whole
-- one when it writes all lines anew: a unit may differ then, as after any edit.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

alter table fynlo.order_lines
  -- What of a line that was parted comes before this part of it, and what was charged for that.
  add column before_milli bigint not null default 0,
  add column before_minor bigint not null default 0;
alter table fynlo.order_lines add constraint order_lines_part
  check (before_milli >= 0 and before_minor >= 0) not valid;

-- Which order gave lines to which. A pair is split once, because the one is new then, and is merged
-- once, because the other ends then.
create table fynlo.order_moves (
  merchant_id    uuid        not null,
  from_order_id  uuid        not null,
  to_order_id    uuid        not null,
  kind           text        not null check (kind in ('split', 'merge')),
  at             timestamptz not null,
  by_staff       uuid        not null,
  primary key (merchant_id, from_order_id, to_order_id, kind),
  foreign key (merchant_id, from_order_id) references fynlo.orders (merchant_id, id),
  foreign key (merchant_id, to_order_id) references fynlo.orders (merchant_id, id),
  check (from_order_id <> to_order_id)
);
create index order_moves_by_target on fynlo.order_moves (merchant_id, to_order_id);

-- A journal.
grant select, insert on fynlo.order_moves to fynlo_app;
alter table fynlo.order_moves enable row level security;
alter table fynlo.order_moves force row level security;
create policy tenant on fynlo.order_moves to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

-- A ticket goes with its order's lines, whole or in part; what it says of them stays a journal.
alter table fynlo.kitchen_tickets add column parted_from uuid;
alter table fynlo.kitchen_ticket_lines add column is_moved boolean not null default false;
grant update (order_id, round) on fynlo.kitchen_tickets to fynlo_app;
