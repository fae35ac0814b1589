-- What orchestrations are to be told, once its cause has committed: to begin, or that something happened. Ids only; what is true
-- stands in the business's own rows, and orchestrations read it there.
create table fleet.orchestration_commands (
    tenant_id   text        not null references fleet.tenants (tenant_id),
    id          uuid        not null,
    lane        smallint    not null,
    kind        text        not null check (kind in ('start', 'raise')),
    -- The orchestrator's function.
    flow        text        not null,
    -- The business row that it is about: the last part of the instance's id.
    subject_id  uuid        not null,
    event       text,
    status      text        not null default 'waiting' check (status in ('waiting', 'carrying', 'done')),
    -- Business time.
    due_at      timestamptz not null,
    attempts    int         not null default 0,
    lease_token uuid,
    -- Database time, as everything that fences.
    lease_until timestamptz,
    -- Codes, never contents.
    outcome     text,
    cause       text,
    created_at  timestamptz not null,
    finished_at timestamptz,
    primary key (tenant_id, id),
    check ((kind = 'raise') = (event is not null)),
    check ((status = 'carrying') = (lease_token is not null)),
    check ((lease_token is null) = (lease_until is null)),
    check ((status = 'done') = (finished_at is not null))
);
-- The engine starts anew what has ended: whether something was begun before is known here.
create unique index orchestration_commands_start on fleet.orchestration_commands (tenant_id, flow, subject_id) where kind = 'start';
-- Events that wait are one: whoever hears of it reads what is true.
create unique index orchestration_commands_raise on fleet.orchestration_commands (tenant_id, flow, subject_id, event) where kind = 'raise' and status = 'waiting';
create index orchestration_commands_open on fleet.orchestration_commands (tenant_id, lane, due_at) where status <> 'done';
create index orchestration_commands_over on fleet.orchestration_commands (tenant_id, finished_at) where status = 'done';

select fleet.isolate('fleet.orchestration_commands'::regclass);
grant select, insert, update on fleet.orchestration_commands to fleetchat_app;

create policy system_select on fleet.orchestration_commands for select to fleetchat_system using (true);
create policy system_delete on fleet.orchestration_commands for delete to fleetchat_system using (status = 'done');
grant select (tenant_id, lane, status, due_at, lease_until, finished_at), delete on fleet.orchestration_commands to fleetchat_system;

alter table fleet.lanes
    drop constraint lanes_stage_check,
    add constraint lanes_stage_check check (stage in ('process', 'send', 'call', 'webhooks', 'orchestrate'));
