-- What people found in a drawer, and on which count a session was closed. Both are tables of their own,
-- not columns of drawer_sessions: the old code selects all of its columns and would meet new ones. It
-- neither reads nor writes these, so both may run; what it opens and closes has no rows here.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

create table fynlo.drawer_counts (
  merchant_id     uuid        not null,
  id              uuid        not null,
  session_id      uuid        not null,
  number          bigint      not null check (number > 0),
  kind            text        not null check (kind in ('opening', 'closing')),
  currency        text        not null check (currency ~ '^[A-Z]{3}$'),
  counted_minor   bigint      not null check (counted_minor >= 0),
  -- What should have been there: at the opening what was left the last time, if there was one.
  expected_minor  bigint,
  -- Pieces by their value in minor units, if they were told: {"2000": 3} is three of 20.00.
  denominations   jsonb,
  -- How many movements the session had; one more, and the count says nothing of now.
  movements       bigint      not null check (movements > 0),
  counted_by      uuid        not null,
  counted_at      timestamptz not null,
  primary key (merchant_id, id),
  unique (merchant_id, session_id, number),
  foreign key (merchant_id, session_id) references fynlo.drawer_sessions (merchant_id, id),
  check (kind = 'opening' or expected_minor is not null)
);

create table fynlo.drawer_closings (
  merchant_id  uuid  not null,
  session_id   uuid  not null,
  count_id     uuid  not null,
  -- Who approved a difference beyond what is tolerated; whoever does says why.
  approved_by  uuid,
  reason       text,
  primary key (merchant_id, session_id),
  foreign key (merchant_id, session_id) references fynlo.drawer_sessions (merchant_id, id),
  foreign key (merchant_id, count_id) references fynlo.drawer_counts (merchant_id, id),
  check (approved_by is null or reason is not null)
);

-- Journals: nobody changes or removes what somebody said.
grant select, insert on fynlo.drawer_counts, fynlo.drawer_closings to fynlo_app;

alter table fynlo.drawer_counts enable row level security;
alter table fynlo.drawer_counts force row level security;
create policy tenant on fynlo.drawer_counts to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

alter table fynlo.drawer_closings enable row level security;
alter table fynlo.drawer_closings force row level security;
create policy tenant on fynlo.drawer_closings to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
