-- The inbox of what providers tell us. A table of its own, which the old code neither reads nor writes.
-- Of an event only what is listed here is kept: an intent's snapshot holds its client secret.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

create table fynlo.notifications (
  merchant_id     uuid        not null,
  id              uuid        not null,
  provider        text        not null,
  event_id        text        not null,
  type            text        not null,
  -- What it is about: the object it carries, the payment that this belongs to, and our own mark on it.
  object_id       text        not null,
  saying          text        check (saying in ('held', 'captured', 'released', 'returned', 'return_failed', 'declined', 'action_required')),
  reference       text,
  operation_id    uuid,
  amount_minor    bigint,
  currency        text        check (currency ~ '^[A-Z]{3}$'),
  made_at         timestamptz not null,  -- By the provider's clock; not an order.
  received_at     timestamptz not null,
  state           text        not null check (state in ('received', 'processing', 'processed', 'failed')),
  attempts        bigint      not null default 0 check (attempts >= 0),
  due_at          timestamptz,
  processed_at    timestamptz,
  result          text,
  transaction_id  uuid,
  order_id        uuid,
  primary key (merchant_id, id),
  unique (merchant_id, provider, event_id),
  check ((due_at is null) = (state in ('processed', 'failed')))
);
create index notifications_due on fynlo.notifications (due_at) where due_at is not null;
create index notifications_by_order on fynlo.notifications (merchant_id, order_id) where order_id is not null;

grant select, insert, update on fynlo.notifications to fynlo_app;
grant select (merchant_id, id, due_at) on fynlo.notifications to fynlo_system;
alter table fynlo.notifications enable row level security;
alter table fynlo.notifications force row level security;
create policy tenant on fynlo.notifications to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
create policy system on fynlo.notifications for select to fynlo_system using (due_at is not null);

-- squawk-ignore require-concurrent-index-creation
create index exceptions_by_time on fynlo.exceptions (merchant_id, state, opened_at desc, id desc);
