-- What is asked of somebody outside, once its cause has committed: a row a call, made outside any transaction.
create table fleet.calls (
    tenant_id   text        not null references fleet.tenants (tenant_id),
    id          uuid        not null,
    -- Which outside it is: each has its own workers, so that a slow one holds back no other.
    lane        smallint    not null,
    kind        text        not null,
    -- One cause makes one call.
    effect_key  text        not null,
    content     bytea       not null,
    status      text        not null default 'waiting' check (status in ('waiting', 'calling', 'done', 'failed')),
    -- Business time.
    due_at      timestamptz not null,
    attempts    int         not null default 0,
    lease_token uuid,
    -- Database time, as everything that fences.
    lease_until timestamptz,
    -- Codes, never contents.
    outcome     text,
    created_at  timestamptz not null,
    finished_at timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, effect_key),
    check ((status = 'calling') = (lease_token is not null)),
    check ((lease_token is null) = (lease_until is null)),
    check ((status in ('done', 'failed')) = (finished_at is not null))
);
create index calls_due on fleet.calls (tenant_id, lane, due_at) where status = 'waiting';
create index calls_calling on fleet.calls (tenant_id, lane, lease_until) where status = 'calling';
create index calls_over on fleet.calls (tenant_id, created_at) where status in ('done', 'failed');

-- What is to be looked at again, and when: a row a subject, so that a later due time replaces an earlier one. Whoever looks
-- decides from what is true then.
create table fleet.reminders (
    tenant_id  text        not null references fleet.tenants (tenant_id),
    kind       text        not null,
    subject    text        not null,
    lane       smallint    not null,
    -- Business time. Infinity: it failed too often, and people were told.
    due_at     timestamptz not null,
    attempts   smallint    not null default 0,
    outcome    text,
    created_at timestamptz not null,
    primary key (tenant_id, kind, subject)
);
create index reminders_due on fleet.reminders (tenant_id, lane, due_at);

select fleet.isolate('fleet.calls'::regclass);
select fleet.isolate('fleet.reminders'::regclass);
grant select, insert, update on fleet.calls to fleetchat_app;
grant select, insert, update, delete on fleet.reminders to fleetchat_app;

create policy system_select on fleet.calls for select to fleetchat_system using (true);
create policy system_delete on fleet.calls for delete to fleetchat_system using (status in ('done', 'failed'));
grant select (tenant_id, id, lane, status, due_at, lease_until, created_at), delete on fleet.calls to fleetchat_system;
create policy system on fleet.reminders for select to fleetchat_system using (true);
grant select (tenant_id, lane, due_at) on fleet.reminders to fleetchat_system;

alter table fleet.lanes
    drop constraint lanes_stage_check,
    add constraint lanes_stage_check check (stage in ('process', 'send', 'call'));

-- The sweep makes the row of a lane that has work and was never told of it.
create policy system_insert on fleet.lanes for insert to fleetchat_system with check (true);
grant insert (tenant_id, stage, lane, nudged, nudged_at) on fleet.lanes to fleetchat_system;
