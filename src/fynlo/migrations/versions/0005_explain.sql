-- What explaining an order reads by. Payments have no target, and dead letters are few: the indexes cost
-- a sale nothing.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- squawk-ignore require-concurrent-index-creation
create index commands_by_target on fynlo.commands (merchant_id, target_id) where target_id is not null;
-- squawk-ignore require-concurrent-index-creation
create index exceptions_by_order on fynlo.exceptions (merchant_id, order_id) where order_id is not null;
-- squawk-ignore require-concurrent-index-creation
create index notifications_failed on fynlo.notifications (merchant_id, reference) where state = 'failed';
