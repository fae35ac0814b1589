-- How many messages a number may send and receive in a second. Whoever sends locks the row, so that all processes keep one measure;
-- what was sent and received is counted where it lies.
create table fleet.number_rates (
    tenant_id       text        not null references fleet.tenants (tenant_id),
    phone_number_id text        not null,
    per_second      int         not null check (per_second > 0),
    primary key (tenant_id, phone_number_id)
);
select fleet.isolate('fleet.number_rates'::regclass);
grant select, insert, update (per_second) on fleet.number_rates to fleetchat_app;

create index attempts_started on fleet.attempts (tenant_id, started_at);
create index message_logs_inbound on fleet.message_logs (tenant_id, created_at) where direction = 'inbound';

alter table fleet.conversations
    -- What was sent to this person is paid off by then, at the pace that WhatsApp allows for one pair.
    add column paced_until timestamptz,
    -- When we last wrote to him outside WhatsApp's window.
    add column reached_at  timestamptz;

-- A business portfolio of Meta's: all of its accounts share one limit of people who may be written to outside the window in 24 hours.
create table directory.portfolios (
    portfolio_id text        not null primary key,
    -- Null: none, or not known.
    daily_limit  int         check (daily_limit >= 0),
    -- When Meta said so.
    limit_at     timestamptz not null
);
insert into directory.portfolios (portfolio_id, limit_at) values ('platform', '-infinity');
alter table directory.whatsapp_accounts
    add column portfolio_id text not null default 'platform';

-- How many people a company has reached, by the half hour that ends then; of a person only the last time counts.
create table directory.portfolio_reach (
    tenant_id    text        not null references directory.tenants (tenant_id),
    portfolio_id text        not null,
    slot         timestamptz not null,
    people       int         not null,
    primary key (tenant_id, portfolio_id, slot)
);
create index portfolio_reach_portfolio on directory.portfolio_reach (portfolio_id, slot);

alter table directory.portfolio_reach enable row level security;
alter table directory.portfolio_reach force row level security;
create policy tenant on directory.portfolio_reach to fleetchat_app
    using (tenant_id = (select current_setting('app.tenant_id', true)))
    with check (tenant_id = (select current_setting('app.tenant_id', true)));
create policy system on directory.portfolio_reach for select to fleetchat_system using (true);

grant select, insert, update (people), delete on directory.portfolio_reach to fleetchat_app;
grant select on directory.portfolios, directory.portfolio_reach to fleetchat_system;
grant update (daily_limit, limit_at) on directory.portfolios to fleetchat_system;
