-- Who works at which till, and what else may ask: devices, API keys, second factors, password resets.
-- All tables are new, so the old code neither reads nor writes them. It still counts failed sign-ins in
-- login_failures, which the new code leaves alone: what is locked while both run is unlocked once more.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

create table fynlo.devices (
  merchant_id  uuid        not null,
  id           uuid        not null,
  register_id  uuid        not null,
  name         text        not null,
  token_hash   bytea       not null unique,
  created_by   uuid        not null,
  created_at   timestamptz not null,
  revoked_at   timestamptz,
  primary key (merchant_id, id),
  foreign key (merchant_id, register_id) references fynlo.registers (merchant_id, id)
);
create index devices_by_register on fynlo.devices (merchant_id, register_id, created_at, id);

-- Every session so far is on no device; new ones are held to it.
alter table fynlo.sessions add constraint sessions_device
  foreign key (merchant_id, device_id) references fynlo.devices (merchant_id, id) not valid;
-- squawk-ignore require-concurrent-index-creation
create index sessions_by_person on fynlo.sessions (merchant_id, staff_id, created_at, id);
-- squawk-ignore require-concurrent-index-creation
create index sessions_by_device on fynlo.sessions (merchant_id, device_id) where device_id is not null;

create table fynlo.api_keys (
  merchant_id   uuid        not null,
  id            uuid        not null,
  staff_id      uuid        not null,  -- Who answers for it: it may never do more than they.
  name          text        not null,
  prefix        text        not null,
  key_hash      bytea       not null unique,
  scopes        text[]      not null,
  created_at    timestamptz not null,
  expires_at    timestamptz,
  last_used_at  timestamptz,
  revoked_at    timestamptz,
  primary key (merchant_id, id),
  foreign key (merchant_id, staff_id) references fynlo.staff (merchant_id, id)
);
create index api_keys_by_time on fynlo.api_keys (merchant_id, created_at, id);

create table fynlo.second_factors (
  merchant_id    uuid        not null,
  staff_id       uuid        not null,
  secret_sealed  bytea       not null,
  created_at     timestamptz not null,
  confirmed_at   timestamptz,
  last_step      bigint      not null default 0,  -- The time step of the last code that was taken.
  primary key (merchant_id, staff_id),
  foreign key (merchant_id, staff_id) references fynlo.staff (merchant_id, id)
);

create table fynlo.recovery_codes (
  merchant_id  uuid        not null,
  staff_id     uuid        not null,
  code_hash    bytea       not null,
  used_at      timestamptz,
  primary key (merchant_id, staff_id, code_hash),
  foreign key (merchant_id, staff_id) references fynlo.second_factors (merchant_id, staff_id) on delete cascade
);

-- What precedes a merchant: anybody may ask for any address. Whose it is, is found behind the answer.
create table fynlo.password_resets (
  id            uuid        primary key,
  email         text        not null,
  requested_at  timestamptz not null,
  attempts      bigint      not null default 0,
  due_at        timestamptz,  -- Set while its mail must still be sent.
  merchant_id   uuid,
  staff_id      uuid,
  token_hash    bytea       unique,
  expires_at    timestamptz,
  used_at       timestamptz
);
create index password_resets_due on fynlo.password_resets (due_at) where due_at is not null;
create index password_resets_by_person on fynlo.password_resets (merchant_id, staff_id);

-- Of every kind: a password's, a PIN's, a device's. The subject says which, and whose.
create table fynlo.failed_attempts (
  subject    text        not null,
  id         uuid        not null,
  failed_at  timestamptz not null,
  primary key (subject, id)
);
create index failed_attempts_by_time on fynlo.failed_attempts (failed_at);

grant select, insert, update on fynlo.devices, fynlo.api_keys to fynlo_app;
grant select, insert, update, delete on fynlo.second_factors to fynlo_app;
grant select, insert, update on fynlo.recovery_codes to fynlo_app;
grant select, update on fynlo.password_resets to fynlo_app;

grant select (merchant_id, id, token_hash) on fynlo.devices to fynlo_system;
grant select (merchant_id, id, key_hash, last_used_at) on fynlo.api_keys to fynlo_system;
grant select, insert, update, delete on fynlo.password_resets to fynlo_system;
grant select, insert, delete on fynlo.failed_attempts to fynlo_system;

alter table fynlo.devices enable row level security;
alter table fynlo.devices force row level security;
create policy tenant on fynlo.devices to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
create policy system on fynlo.devices for select to fynlo_system using (true);

alter table fynlo.api_keys enable row level security;
alter table fynlo.api_keys force row level security;
create policy tenant on fynlo.api_keys to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
create policy system on fynlo.api_keys for select to fynlo_system using (true);

alter table fynlo.second_factors enable row level security;
alter table fynlo.second_factors force row level security;
create policy tenant on fynlo.second_factors to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

alter table fynlo.recovery_codes enable row level security;
alter table fynlo.recovery_codes force row level security;
create policy tenant on fynlo.recovery_codes to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

alter table fynlo.password_resets enable row level security;
alter table fynlo.password_resets force row level security;
create policy tenant on fynlo.password_resets to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
create policy system on fynlo.password_resets to fynlo_system using (true);

alter table fynlo.failed_attempts enable row level security;
alter table fynlo.failed_attempts force row level security;
create policy system on fynlo.failed_attempts to fynlo_system using (true);
