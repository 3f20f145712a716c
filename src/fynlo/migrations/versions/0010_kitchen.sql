-- Stations, and the tickets that they get. The old code neither reads nor writes any of this, so both may
-- run: what it makes paid has no ticket, and `send` makes it one.
-- squawk-ignore-file prefer-bigint-over-smallint, prefer-bigint-over-int

set local lock_timeout = '5s';
set local statement_timeout = '60s';

create table fynlo.stations (
  merchant_id   uuid         not null,
  id            uuid         not null,
  location_id   uuid         not null,
  name          text         not null,
  category_ids  uuid[]       not null,
  active        boolean      not null default true,
  version       bigint       not null default 1,
  created_at    timestamptz  not null,
  primary key (merchant_id, id),
  foreign key (merchant_id, location_id) references fynlo.locations (merchant_id, id)
);

create table fynlo.ticket_numbers (
  merchant_id   uuid    not null,
  location_id   uuid    not null,
  business_day  date    not null,
  last_number   bigint  not null,
  primary key (merchant_id, location_id, business_day)
);

-- What a station got of an order at one time. Only its state, its times and its place in the queue change.
create table fynlo.kitchen_tickets (
  merchant_id       uuid         not null,
  id                uuid         not null,
  order_id          uuid         not null,
  location_id       uuid         not null,
  station_id        uuid,  -- Null: what belongs to no station.
  round             integer      not null check (round > 0),
  business_day      date         not null,
  number            bigint       not null check (number > 0),
  state             text         not null check (state in ('sent', 'preparing', 'ready', 'served', 'canceled')),
  priority          smallint     not null default 0 check (priority between 0 and 9),
  estimate_minutes  bigint       not null check (estimate_minutes >= 0),
  sent_at           timestamptz  not null,
  sent_by           uuid,
  started_at        timestamptz,
  ready_at          timestamptz,
  served_at         timestamptz,
  canceled_at       timestamptz,
  version           bigint       not null default 1,
  primary key (merchant_id, id),
  -- What was sent at one time goes to a station once, whatever the code above it believes.
  unique nulls not distinct (merchant_id, order_id, round, station_id),
  unique (merchant_id, location_id, business_day, number),
  foreign key (merchant_id, order_id) references fynlo.orders (merchant_id, id),
  foreign key (merchant_id, station_id) references fynlo.stations (merchant_id, id),
  check ((state = 'served') = (served_at is not null)),
  check ((state = 'canceled') = (canceled_at is not null))
);
create index kitchen_tickets_by_queue
  on fynlo.kitchen_tickets (merchant_id, state, location_id, priority desc, sent_at, number, id);

create table fynlo.kitchen_ticket_lines (
  merchant_id     uuid     not null,
  ticket_id       uuid     not null,
  position        integer  not null,
  line_id         uuid     not null,
  product_id      uuid     not null,
  name            text     not null,
  modifiers       text     not null,
  -- More of it, or less: zero tells of another note alone.
  quantity_milli  bigint   not null,
  note            text,
  primary key (merchant_id, ticket_id, position),
  foreign key (merchant_id, ticket_id) references fynlo.kitchen_tickets (merchant_id, id)
);

create table fynlo.kitchen_ticket_history (
  merchant_id  uuid         not null,
  ticket_id    uuid         not null,
  version      bigint       not null,
  event        text         not null check (event in ('start', 'bump', 'recall', 'serve', 'prioritize', 'cancel')),
  from_state   text         not null,
  to_state     text         not null,
  at           timestamptz  not null,
  by_staff     uuid,
  primary key (merchant_id, ticket_id, version),
  foreign key (merchant_id, ticket_id) references fynlo.kitchen_tickets (merchant_id, id)
);

grant select, insert, update on fynlo.stations, fynlo.ticket_numbers to fynlo_app;
grant select, insert on fynlo.kitchen_tickets to fynlo_app;
grant update (state, priority, started_at, ready_at, served_at, canceled_at, version)
  on fynlo.kitchen_tickets to fynlo_app;
-- Journals: nobody changes or removes what was sent, and what became of it.
grant select, insert on fynlo.kitchen_ticket_lines, fynlo.kitchen_ticket_history to fynlo_app;

alter table fynlo.stations enable row level security;
alter table fynlo.stations force row level security;
create policy tenant on fynlo.stations to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

alter table fynlo.ticket_numbers enable row level security;
alter table fynlo.ticket_numbers force row level security;
create policy tenant on fynlo.ticket_numbers to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

alter table fynlo.kitchen_tickets enable row level security;
alter table fynlo.kitchen_tickets force row level security;
create policy tenant on fynlo.kitchen_tickets to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

alter table fynlo.kitchen_ticket_lines enable row level security;
alter table fynlo.kitchen_ticket_lines force row level security;
create policy tenant on fynlo.kitchen_ticket_lines to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);

alter table fynlo.kitchen_ticket_history enable row level security;
alter table fynlo.kitchen_ticket_history force row level security;
create policy tenant on fynlo.kitchen_ticket_history to fynlo_app
  using (merchant_id = nullif(current_setting('fynlo.merchant_id', true), '')::uuid);
