-- Who did what, beside what is on record already; and what somebody asked another person to allow. The old
-- code neither reads nor writes any of this, so both may run: what it does meanwhile is not in the trail.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- A journal. `content` is what is chained; the columns beside it only find it.
create table fynlo.audit_entries (
  merchant_id  uuid         not null,
  id           uuid         not null,
  at           timestamptz  not null,
  action       text         not null,
  actor_id     uuid,
  target_kind  text         not null,
  target_id    uuid         not null,
  content      text         not null,
  primary key (merchant_id, id)
);
create index audit_entries_by_target on fynlo.audit_entries (merchant_id, target_id, id);
create index audit_entries_by_actor on fynlo.audit_entries (merchant_id, actor_id, id);

-- Work: which entries are not in the chain yet.
create table fynlo.audit_waiting (
  merchant_id  uuid         not null,
  position     bigint       generated always as identity,
  entry_id     uuid         not null,
  due_at       timestamptz  not null,
  primary key (merchant_id, position)
);

-- Each hash is of the hash before it and of one entry: whatever is changed, added or taken away later
-- is seen by who calculates it again.
create table fynlo.audit_chain (
  merchant_id  uuid    not null,
  sequence     bigint  not null,
  entry_id     uuid    not null,
  hash         bytea   not null check (length(hash) = 32),
  primary key (merchant_id, sequence),
  unique (merchant_id, entry_id),
  foreign key (merchant_id, entry_id) references fynlo.audit_entries (merchant_id, id)
);

-- The end of each chain, and the lock of who makes it longer.
create table fynlo.audit_heads (
  merchant_id    uuid    primary key,
  last_sequence  bigint  not null,
  last_hash      bytea   not null
);

create table fynlo.approvals (
  merchant_id      uuid         not null,
  id               uuid         not null,
  permissions      text[]       not null,
  target_kind      text         not null,
  target_id        uuid         not null,
  location_id      uuid         not null,
  amount_minor     bigint       not null,
  currency         text         not null,
  details          jsonb        not null,
  -- SHA-256 of all that it is bound to.
  bound_hash       bytea        not null,
  state            text         not null check (state in ('pending', 'approved', 'rejected', 'used')),
  requested_by     uuid         not null,
  requested_at     timestamptz  not null,
  expires_at       timestamptz  not null,
  decided_by       uuid,
  decided_at       timestamptz,
  reason           text,
  is_in_place      boolean      not null default false,
  used_at          timestamptz,
  version          bigint       not null default 1,
  primary key (merchant_id, id),
  foreign key (merchant_id, location_id) references fynlo.locations (merchant_id, id),
  foreign key (merchant_id, requested_by) references fynlo.staff (merchant_id, id),
  foreign key (merchant_id, decided_by) references fynlo.staff (merchant_id, id),
  check ((state = 'pending') = (decided_by is null)),
  check ((decided_by is null) = (decided_at is null)),
  check ((state = 'used') = (used_at is not null)),
  check (state <> 'rejected' or reason is not null),
  -- Nobody stands by their own act, whatever the code above believes.
  check (decided_by is distinct from requested_by or state = 'rejected')
);
create index approvals_by_queue on fynlo.approvals (merchant_id, requested_at, id);
create index approvals_by_wish on fynlo.approvals (merchant_id, requested_by, bound_hash, expires_at);

grant select, insert on fynlo.audit_entries, fynlo.audit_chain to fynlo_app;
grant select, insert, delete on fynlo.audit_waiting to fynlo_app;
grant select, insert, update on fynlo.audit_heads to fynlo_app;
grant select, insert on fynlo.approvals to fynlo_app;
grant update (state, decided_by, decided_at, reason, used_at, version) on fynlo.approvals to fynlo_app;
grant select (merchant_id, due_at) on fynlo.audit_waiting to fynlo_system;

alter table fynlo.audit_entries enable row level security;
alter table fynlo.audit_entries force row level security;
create policy tenant on fynlo.audit_entries to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
alter table fynlo.audit_waiting enable row level security;
alter table fynlo.audit_waiting force row level security;
create policy tenant on fynlo.audit_waiting to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
alter table fynlo.audit_chain enable row level security;
alter table fynlo.audit_chain force row level security;
create policy tenant on fynlo.audit_chain to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
alter table fynlo.audit_heads enable row level security;
alter table fynlo.audit_heads force row level security;
create policy tenant on fynlo.audit_heads to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
alter table fynlo.approvals enable row level security;
alter table fynlo.approvals force row level security;
create policy tenant on fynlo.approvals to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
create policy system on fynlo.audit_waiting for select to fynlo_system using (true);
