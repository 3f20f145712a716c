-- Constraints that came with new columns and were not valid, so that no table was locked while its old rows
-- were read. Reading them now stops nobody who reads or writes; it may take long.

set local lock_timeout = '5s';
set local statement_timeout = '1h';

alter table fynlo.sessions validate constraint sessions_device;
alter table fynlo.order_lines validate constraint order_lines_discount;
alter table fynlo.order_lines validate constraint order_lines_part;
alter table fynlo.approvals validate constraint approvals_not_by_them;
