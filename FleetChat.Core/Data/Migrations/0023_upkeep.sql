-- Upkeep that gives way. To make or drop a day takes locks that every webhook's insert waits behind as soon as the upkeep
-- itself waits, for a long reader for instance: so it waits two seconds at the most, and comes again in an hour. The caller
-- asks for each day by itself, so that one that can't be made does not undo the others.
-- A table of its own that is attached locks the parent less than one that is created as its partition, and is isolated
-- before anybody can reach it.
create or replace function fleet.prepare_inbox(first_day date, last_day date) returns void
    language plpgsql
    security definer
    set search_path = ''
    set lock_timeout = '2s'
as $$
declare
    day date;
    partition text;
    expected bigint;
    moved bigint;
begin
    -- Two hosts may prepare at once.
    perform pg_advisory_xact_lock(hashtext('fleet.prepare_inbox'));
    for day in select generate_series(first_day, last_day, interval '1 day')::date loop
        partition := format('fleet.inbox_%s', to_char(day, 'YYYYMMDD'));
        continue when to_regclass(partition) is not null;
        execute format('create table %s (like fleet.inbox including defaults including constraints)', partition);
        perform fleet.isolate(partition::regclass);
        execute format('create policy system on %s for select to fleetchat_system using (true)', partition);
        begin
            execute format('alter table fleet.inbox attach partition %s for values from (%L) to (%L)', partition, day, day + 1);
        exception when check_violation then
            -- Rows that came before their day was made wait in inbox_unprepared. By way of a table of their own: a partition
            -- that comes with rows would have its references checked by a query that FORCE blinds, one that gets them has
            -- each row checked as any other. The owner sees them only with FORCE taken off for that moment.
            alter table fleet.inbox_unprepared no force row level security;
            create table fleet.inbox_late (like fleet.inbox_unprepared);
            with late as (delete from fleet.inbox_unprepared where received_on = day returning *)
            insert into fleet.inbox_late select * from late;
            get diagnostics expected = row_count;
            alter table fleet.inbox_unprepared force row level security;

            execute format('alter table fleet.inbox attach partition %s for values from (%L) to (%L)', partition, day, day + 1);
            -- FORCE would keep the owner from writing as well as from seeing.
            execute format('alter table %s no force row level security', partition);
            execute format('insert into %s select * from fleet.inbox_late', partition);
            get diagnostics moved = row_count;
            execute format('alter table %s force row level security', partition);
            if moved = 0 or moved <> expected then
                raise exception 'moved % of % rows to %', moved, expected, partition;
            end if;
            drop table fleet.inbox_late;
        end;
    end loop;
end
$$;

-- A day that was never made lies in inbox_unprepared, and ends there.
create or replace function fleet.drop_inbox_day(day date) returns void
    language plpgsql
    security definer
    set search_path = ''
    set lock_timeout = '2s'
as $$
begin
    if to_regclass(format('fleet.inbox_%s', to_char(day, 'YYYYMMDD'))) is not null then
        execute format('drop table fleet.inbox_%s', to_char(day, 'YYYYMMDD'));
    else
        alter table fleet.inbox_unprepared no force row level security;
        delete from fleet.inbox_unprepared where received_on = day;
        alter table fleet.inbox_unprepared force row level security;
    end if;
end
$$;

-- What is over is forgotten tenant by tenant and in slices, by indexes that begin with the tenant: for inbox_keys there is
-- one already (a BRIN index over the time alone would have been smaller, and one more exception from the rule that every index
-- begins with tenant_id), and a slice that ends at a time needs no row's address, which differs from partition to partition.
create index set_aside_received on fleet.set_aside (tenant_id, received_at);
create index outbound_done on fleet.outbound (tenant_id, created_at) where status = 'done';

create policy system_select on fleet.set_aside for select to fleetchat_system using (true);
create policy system_delete on fleet.set_aside for delete to fleetchat_system using (true);
grant select (tenant_id, received_at), delete on fleet.set_aside to fleetchat_system;

create policy system_select on fleet.idempotency_keys for select to fleetchat_system using (true);
create policy system_delete on fleet.idempotency_keys for delete to fleetchat_system using (true);
grant select (tenant_id, created_at), delete on fleet.idempotency_keys to fleetchat_system;

-- The message stays in message_logs; only the sender's work on it goes, and never before it is done.
create policy system_delete on fleet.outbound for delete to fleetchat_system using (status = 'done');
grant select (id, created_at), delete on fleet.outbound to fleetchat_system;

create policy system_select on fleet.attempts for select to fleetchat_system using (true);
create policy system_delete on fleet.attempts for delete to fleetchat_system using (true);
grant select (tenant_id, outbound_id), delete on fleet.attempts to fleetchat_system;

grant delete on fleet.unrouted to fleetchat_system;
