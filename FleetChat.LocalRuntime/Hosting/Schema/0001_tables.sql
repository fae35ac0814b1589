-- One row a process that runs functions. Whether it is alive is told by an advisory lock of its session, which a killed
-- process loses at once, and by its heartbeat, which a process that hangs loses after a while.
create table localhost.hosts (
    id bigint generated always as identity primary key,
    heartbeat_at timestamptz not null default now(),
    queues text[] not null default '{}',
    clock_version bigint not null default 0,
    probe_seen bigint not null default 0,
    running integer not null default 0,
    begun bigint not null default 0
);

create view localhost.living_hosts as
    select h.id, h.queues, h.clock_version, h.probe_seen, h.running, h.begun
    from localhost.hosts h
    where h.heartbeat_at > now() - interval '10 seconds'
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

-- A message is waiting (claimed_by null) or claimed. dequeue_count grows with each claim and thereby fences the claims before it.
create table localhost.queue_messages (
    id bigint generated always as identity primary key,
    queue text not null,
    body text not null,
    inserted_at timestamptz not null default now(),
    visible_at timestamptz not null default now(),
    dequeue_count integer not null default 0,
    claimed_by bigint
)
with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create index queue_messages_next on localhost.queue_messages (queue, visible_at, id);

create index queue_messages_claimed on localhost.queue_messages (claimed_by)
    where claimed_by is not null;

create table localhost.timers (
    name text primary key,
    schedule text not null,
    period interval not null,
    next_due timestamptz not null,
    last_due timestamptz,
    updated_at timestamptz,
    running_host bigint
);

-- The business clock: real time plus an offset, or frozen at a moment. probe is raised to ask every host whether it is quiet.
create table localhost.clock (
    one boolean primary key default true check (one),
    offset_microseconds bigint not null default 0,
    frozen_at timestamptz,
    version bigint not null default 1,
    probe bigint not null default 0
);

insert into localhost.clock default values;
