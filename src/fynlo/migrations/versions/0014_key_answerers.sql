-- Everybody who ever answered for a key: nobody approves what their own key did, whoever answers for it
-- now. The old code does not write here, so the new one reads the key's own row as well.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

create table fynlo.key_answerers (
  merchant_id  uuid         not null,
  staff_id     uuid         not null,
  key_id       uuid         not null,
  since        timestamptz  not null,
  primary key (merchant_id, staff_id, key_id),
  foreign key (merchant_id, staff_id) references fynlo.staff (merchant_id, id),
  foreign key (merchant_id, key_id) references fynlo.api_keys (merchant_id, id)
);

insert into fynlo.key_answerers (merchant_id, staff_id, key_id, since)
select merchant_id, staff_id, id, created_at from fynlo.api_keys;

grant select, insert on fynlo.key_answerers to fynlo_app;

alter table fynlo.key_answerers enable row level security;
alter table fynlo.key_answerers force row level security;
create policy tenant on fynlo.key_answerers to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
