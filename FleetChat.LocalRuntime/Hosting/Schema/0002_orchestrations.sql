-- A process that hangs loses its work after its own lease, not after a time that all must share.
alter table localhost.hosts add column lease interval not null default interval '10 seconds';

drop view localhost.living_hosts;

create view localhost.living_hosts as
    select h.id, h.queues, h.clock_version, h.probe_seen, h.running, h.begun
    from localhost.hosts h
    where h.heartbeat_at > now() - h.lease
        and exists (
            select
            from pg_locks l
            where l.locktype = 'advisory'
                and l.granted
                and l.database = (select oid from pg_database where datname = current_database())
                and l.classid = 1279869000
                and l.objid::bigint = h.id
                and l.objsubid = 2
        );

-- One row an orchestration. key is new with every start, so that what was meant for an earlier instance of the same id finds
-- nobody; generation grows with continue-as-new. owner is the process that holds it in memory, and token, unique to each
-- claim, fences its writes: a process that was paused and lost the instance changes nothing. Moments are business time.
create table localhost.instances (
    id text collate "C" primary key,
    key bigint generated always as identity unique,
    generation integer not null default 1,
    name text not null,
    version text,
    status smallint not null, -- Microsoft.DurableTask.Client.OrchestrationRuntimeStatus
    input text,
    output text,
    failure text, -- the failure's details as JSON
    custom_status text,
    waits_for text, -- a JSON array: the events that its last turn left it waiting for
    tags text, -- a JSON object
    parent_key bigint,
    parent_generation integer,
    parent_task integer,
    parent_id text,
    parent_name text,
    trace_parent text,
    carried text, -- JSON array: events that continue-as-new carries into its first turn
    created_at timestamptz not null,
    updated_at timestamptz not null,
    ended_at timestamptz,
    turns integer not null default 0, -- committed in this generation
    owner bigint,
    token bigint not null default 0
)
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create index instances_parent on localhost.instances (parent_key)
    where parent_key is not null;

create index instances_ended on localhost.instances (ended_at)
    where ended_at is not null;

-- Append-only: one row a turn, its events as a JSON array. Turns of a generation are numbered from 1 without gaps.
create table localhost.history (
    instance bigint not null,
    generation integer not null,
    turn integer not null,
    events text not null,
    primary key (instance, generation, turn)
);

-- What an orchestration has not consumed yet. visible_at is business time: a timer's due time, the start's, else -infinity.
create table localhost.inbox (
    id bigint generated always as identity primary key,
    instance bigint not null,
    generation integer, -- null: for whichever generation is the present one
    visible_at timestamptz not null,
    arrived_at timestamptz not null, -- business time; a timer's due time
    kind smallint not null, -- MessageKind
    task integer,
    body text -- JSON of the event, if its kind and task do not say it all
)
with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create index inbox_visible on localhost.inbox (visible_at, id);

create index inbox_instance on localhost.inbox (instance, id);

-- Activities that are scheduled and have no result yet; the row goes with the turn that takes the result.
create table localhost.activities (
    instance bigint not null,
    generation integer not null,
    task integer not null,
    id bigint generated always as identity,
    name text not null,
    version text,
    input text,
    tags text,
    trace_parent text,
    owner bigint,
    token bigint not null default 0,
    primary key (instance, generation, task)
)
with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create index activities_waiting on localhost.activities (id)
    where owner is null;
