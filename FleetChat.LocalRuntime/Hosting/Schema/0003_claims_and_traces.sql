-- A host numbers its claims, so that it can tell those that it knows of from one whose answer was lost on the way.
alter table localhost.queue_messages add column claim bigint;

-- Of the span that stored the message: the function's own goes on from there.
alter table localhost.queue_messages add column trace_parent text;

-- Azure Storage takes any bytes; text in Postgres takes no NUL.
alter table localhost.queue_messages alter column body type bytea using convert_to(body, 'UTF8');

-- After a restart of Postgres nobody holds a lock until he has connected again, and is not dead for that.
create or replace view localhost.living_hosts as
    select h.id, h.queues, h.clock_version, h.probe_seen, h.running, h.begun
    from localhost.hosts h
    where h.heartbeat_at > now() - h.lease
        and (
            pg_postmaster_start_time() > now() - interval '5 seconds'
            or exists (
                select
                from pg_locks l
                where l.locktype = 'advisory'
                    and l.granted
                    and l.database = (select oid from pg_database where datname = current_database())
                    and l.classid = 1279869000
                    and l.objid::bigint = h.id
                    and l.objsubid = 2
            )
        );
