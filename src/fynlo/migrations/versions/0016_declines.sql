-- After how many declined transactions an order is shown to a manager. Not a column of settings, of which
-- the old code selects all columns; without a row it is three, and zero is never.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

create table fynlo.decline_rules (
  merchant_id          uuid    primary key references fynlo.merchants (id),
  declines_until_told  bigint  not null check (declines_until_told between 0 and 1000)
);
grant select, insert, update on fynlo.decline_rules to fynlo_app;
alter table fynlo.decline_rules enable row level security;
alter table fynlo.decline_rules force row level security;
create policy tenant on fynlo.decline_rules to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
