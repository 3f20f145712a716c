-- More answers go once they are old, and what counted failed sign-ins is gone. The old code removes fewer
-- kinds of answers, which the new index has too; sign-ins have been counted in failed_attempts since 0007.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- Sales are not in it, so it costs them nothing afterwards. While it is built new commands wait, for the time
-- that reading the table takes and never longer than the limit above; then it is undone and tried again.
-- squawk-ignore require-concurrent-index-creation
create index commands_only_repeated on fynlo.commands (merchant_id, created_at)
  where kind in ('import_products', 'orders.add_lines', 'orders.cancel', 'orders.split',
    'orders.merge', 'till.orders.put', 'approvals.approve', 'approvals.reject');
-- squawk-ignore require-concurrent-index-deletion
drop index fynlo.commands_forgettable;

-- No version since 0007 reads or writes it.
-- squawk-ignore ban-drop-table
drop table fynlo.login_failures;
