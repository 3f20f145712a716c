-- Who may not allow a wish beside who asked for it, because it is about what they did themselves: the
-- opener and the counters of a drawer. The old code asks for nothing of that sort, and writes none.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

alter table fynlo.approvals add column not_by uuid[] not null default '{}';

-- What is there already has nobody in it, so there is nothing to look through.
alter table fynlo.approvals add constraint approvals_not_by_them
  check (state = 'rejected' or decided_by <> all (not_by)) not valid;
