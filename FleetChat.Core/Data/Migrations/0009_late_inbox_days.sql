-- A row that came before its day was prepared lies in inbox_unprepared, and while it lies there Postgres refuses to make
-- the day's partition: so such rows move into it. The owner sees them only with FORCE taken off for that moment.
create or replace function fleet.prepare_inbox(first_day date, last_day date) returns void
    language plpgsql
    security definer
    set search_path = ''
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
        begin
            execute format('create table %s partition of fleet.inbox for values from (%L) to (%L)', partition, day, day + 1);
        exception when check_violation then
            -- By way of a table of their own: a partition that comes with rows would have its references checked by a query
            -- that FORCE blinds, one that gets them has each row checked as any other.
            alter table fleet.inbox_unprepared no force row level security;
            create table fleet.inbox_late (like fleet.inbox_unprepared);
            with late as (delete from fleet.inbox_unprepared where received_on = day returning *)
            insert into fleet.inbox_late select * from late;
            get diagnostics expected = row_count;
            alter table fleet.inbox_unprepared force row level security;

            execute format('create table %s partition of fleet.inbox for values from (%L) to (%L)', partition, day, day + 1);
            execute format('insert into %s select * from fleet.inbox_late', partition);
            get diagnostics moved = row_count;
            if moved = 0 or moved <> expected then
                raise exception 'moved % of % rows to %', moved, expected, partition;
            end if;
            drop table fleet.inbox_late;
        end;
        perform fleet.isolate(partition::regclass);
        execute format('create policy system on %s for select to fleetchat_system using (true)', partition);
    end loop;
end
$$;
