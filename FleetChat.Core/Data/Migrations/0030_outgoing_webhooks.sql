-- A company's own programs hear what happens: an endpoint is an address of the company, a delivery is one event on its way there.
create table fleet.webhook_endpoints (
    tenant_id       text        not null references fleet.tenants (tenant_id),
    id              uuid        not null,
    -- Encrypted, because a receiver's address may hold its password.
    url             bytea       not null,
    types           text[]      not null,
    -- The newest one, and those that a rotation lets sign beside it for a while.
    secrets         bytea       not null,
    lane            smallint    not null,
    disabled_at     timestamptz,
    disabled_reason text        check (disabled_reason in ('by_company', 'gone', 'failing')),
    -- The first failure since the last success.
    failing_since   timestamptz,
    -- How often in a row the receiver could not keep up; it is left alone until then.
    slowdowns       int         not null default 0,
    paused_until    timestamptz,
    -- Of the request that made it: repeated, it makes no second one.
    effect_key      text,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    primary key (tenant_id, id),
    check ((disabled_at is null) = (disabled_reason is null))
);
create unique index webhook_endpoints_effect on fleet.webhook_endpoints (tenant_id, effect_key) where effect_key is not null;

create table fleet.webhook_deliveries (
    tenant_id    text        not null references fleet.tenants (tenant_id),
    endpoint_id  uuid        not null,
    -- The event's: the same at each endpoint and at each attempt, so that receivers know a repeat.
    id           uuid        not null,
    type         text        not null,
    subject_id   uuid        not null,
    -- What the subject will not show any more when it is read: codes, never contents.
    detail       text        not null,
    occurred_at  timestamptz not null,
    lane         smallint    not null,
    status       text        not null default 'waiting' check (status in ('waiting', 'sending', 'delivered', 'failed')),
    attempts     int         not null default 0,
    due_at       timestamptz not null,
    -- Since when it is tried: its creation, or the last time that somebody asked for it again.
    armed_at     timestamptz not null,
    -- The body, made at the first attempt: every later one sends the same.
    payload      bytea,
    last_code    int,
    outcome      text,
    attempted_at timestamptz,
    lease_token  uuid,
    lease_until  timestamptz,
    created_at   timestamptz not null,
    finished_at  timestamptz,
    primary key (tenant_id, endpoint_id, id),
    -- Whoever deletes an endpoint wants nothing of it kept.
    foreign key (tenant_id, endpoint_id) references fleet.webhook_endpoints (tenant_id, id) on delete cascade,
    check ((status = 'sending') = (lease_token is not null)),
    check ((lease_token is null) = (lease_until is null)),
    check ((status in ('delivered', 'failed')) = (finished_at is not null))
);
create index webhook_deliveries_open on fleet.webhook_deliveries (tenant_id, endpoint_id, due_at, id) where status in ('waiting', 'sending');
create index webhook_deliveries_list on fleet.webhook_deliveries (tenant_id, endpoint_id, created_at, id);
create index webhook_deliveries_finished on fleet.webhook_deliveries (tenant_id, finished_at) where finished_at is not null;

select fleet.isolate('fleet.webhook_endpoints');
select fleet.isolate('fleet.webhook_deliveries');

grant select, insert, update, delete on fleet.webhook_endpoints to fleetchat_app;
grant select, insert, update on fleet.webhook_deliveries to fleetchat_app;

-- A stage of its own: a slow receiver takes no worker from the messages to drivers.
alter table fleet.lanes drop constraint lanes_stage_check;
alter table fleet.lanes add constraint lanes_stage_check check (stage in ('process', 'send', 'call', 'webhooks'));

-- The sweep: which endpoint has work. Upkeep: what was finished long ago goes.
create policy system on fleet.webhook_endpoints for select to fleetchat_system using (true);
grant select (tenant_id, id, lane, paused_until) on fleet.webhook_endpoints to fleetchat_system;

create policy system_select on fleet.webhook_deliveries for select to fleetchat_system using (true);
create policy system_delete on fleet.webhook_deliveries for delete to fleetchat_system using (finished_at is not null);
grant select (tenant_id, endpoint_id, id, status, due_at, lease_until, finished_at), delete on fleet.webhook_deliveries to fleetchat_system;
