-- How long what ages is kept. The old code neither reads nor writes the new tables, and names the columns
-- of event_streams that it reads, so both may run.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Without a row the days of the class itself hold: src/fynlo/retention/model.py.
create table fynlo.retention_rules (
  merchant_id  uuid        not null references fynlo.merchants (id),
  class        text        not null,
  days         bigint      not null check (days > 0),
  updated_at   timestamptz not null,
  primary key (merchant_id, class)
);

-- One sweep for each day (UTC): whoever writes the row does it. What was removed is counted for good.
create table fynlo.retention_sweeps (
  merchant_id  uuid        not null references fynlo.merchants (id),
  day          date        not null,
  started_at   timestamptz not null,
  finished_at  timestamptz,
  removed      jsonb,
  primary key (merchant_id, day),
  check ((finished_at is null) = (removed is null))
);

grant select, insert, update on fynlo.retention_rules, fynlo.retention_sweeps to fynlo_app;

alter table fynlo.retention_rules enable row level security;
alter table fynlo.retention_rules force row level security;
create policy tenant on fynlo.retention_rules to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

alter table fynlo.retention_sweeps enable row level security;
alter table fynlo.retention_sweeps force row level security;
create policy tenant on fynlo.retention_sweeps to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

-- Whoever asks for events up to here is told to load everything again.
alter table fynlo.event_streams add column forgotten_sequence bigint not null default 0;

-- None of these is a record of money: see docs/adr/0030-what-ages-is-removed.md. The journals stay as they
-- were, without a right to remove anything.
grant delete on fynlo.sessions, fynlo.refresh_tokens, fynlo.notifications, fynlo.events to fynlo_app;
-- What nobody was told yet cannot be removed, whatever a statement says.
create policy told on fynlo.events as restrictive for delete to fynlo_app using (
  sequence <= (
    select s.published_sequence from fynlo.event_streams s where s.merchant_id = events.merchant_id
  )
);

-- Sales are not in it, so it costs them nothing.
-- squawk-ignore require-concurrent-index-creation
create index commands_forgettable on fynlo.commands (merchant_id, created_at)
  where kind in ('import_products', 'orders.add_lines', 'orders.cancel');
