-- The old code neither reads nor writes any of this, so both may run.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- A day (UTC) whose balances stand in ledger_snapshots, each on the side on which it is.
create table fynlo.ledger_days (
  merchant_id  uuid        not null,
  day          date        not null,
  closed_at    timestamptz not null,
  primary key (merchant_id, day)
);
-- A closed day is never opened again.
grant select, insert on fynlo.ledger_days to fynlo_app;
alter table fynlo.ledger_days enable row level security;
alter table fynlo.ledger_days force row level security;
create policy tenant on fynlo.ledger_days to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

-- What a call was first made with, so that it is repeated as it was, or not at all.
alter table fynlo.tenders add column provider_account text;
alter table fynlo.tenders add column return_url text;
