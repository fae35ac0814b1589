-- What a company uses, once each, written with its cause. Rows are never changed but for the mark that a counter has them.
create table fleet.usage_facts (
    tenant_id text        not null references fleet.tenants (tenant_id),
    kind      text        not null check (kind in ('driver_active', 'message_out', 'message_in', 'webhook', 'storage')),
    -- The driver, the message, the first event of a delivery, or the medium.
    source_id uuid        not null,
    -- Which of a source's facts: a driver's by period, a medium's 'stored' or 'freed'; the others have one.
    part      text        not null default '',
    -- The month in the company's own time zone when it was counted: its first day.
    period    date        not null check (extract(day from period) = 1),
    at        timestamptz not null,
    -- Of a webhook the events that it brought, of storage bytes; what is freed is negative.
    amount    bigint      not null check (amount <> 0),
    is_folded boolean     not null default false,
    primary key (tenant_id, kind, source_id, part)
);
create index usage_facts_open on fleet.usage_facts (tenant_id, period, kind) where not is_folded;

-- Sums of the facts that are folded; a reader adds those that are not.
create table fleet.usage_counters (
    tenant_id text   not null references fleet.tenants (tenant_id),
    period    date   not null check (extract(day from period) = 1),
    kind      text   not null check (kind in ('driver_active', 'message_out', 'message_in', 'webhook', 'storage')),
    amount    bigint not null,
    primary key (tenant_id, period, kind)
);

-- What the operator allows a company instead of its tier's limits; null: the tier's.
create table fleet.limit_overrides (
    tenant_id            text        not null primary key references fleet.tenants (tenant_id),
    max_drivers          int         check (max_drivers > 0),
    max_monthly_messages bigint      check (max_monthly_messages > 0),
    storage_limit_mb     bigint      check (storage_limit_mb > 0),
    -- The last day, in the company's own time zone.
    until                date        not null,
    set_by               text        not null,
    set_at               timestamptz not null
);

alter table fleet.message_logs
    -- Counts as usage: not about consent, no STOP, no HELP, and no note of WhatsApp's own.
    add column is_business boolean not null default false;

-- over_limit: the roster has him, and the company has as many drivers as it may; he gets nothing until there is room.
alter table fleet.drivers
    drop constraint drivers_status_check,
    add constraint drivers_status_check check (status in ('active', 'deactivated', 'over_limit'));
create index drivers_status on fleet.drivers (tenant_id, status);

select fleet.isolate('fleet.usage_facts'::regclass);
select fleet.isolate('fleet.usage_counters'::regclass);
select fleet.isolate('fleet.limit_overrides'::regclass);
grant select, insert, update (is_folded) on fleet.usage_facts to fleetchat_app;
grant select, insert, update (amount) on fleet.usage_counters to fleetchat_app;
grant select, insert, update on fleet.limit_overrides to fleetchat_app;
