-- One function gives a table its isolation, so that no table is isolated by hand and half.
-- Forced: the owner sees nothing either; a migration that has to touch rows takes FORCE off and on itself.
create function fleet.isolate(tenant_table regclass) returns void
    language plpgsql
    set search_path = ''
as $$
begin
    execute format('alter table %s enable row level security', tenant_table);
    execute format('alter table %s force row level security', tenant_table);
    execute format(
        'create policy tenant on %s to fleetchat_app
             using (tenant_id = (select current_setting(''app.tenant_id'', true)))
             with check (tenant_id = (select current_setting(''app.tenant_id'', true)))', tenant_table);
end
$$;

revoke execute on function fleet.isolate(regclass) from public;

-- Old days are dropped whole; the days ahead are made ahead. Runs as the owner, because only he may create tables.
create function fleet.prepare_inbox(first_day date, last_day date) returns void
    language plpgsql
    security definer
    set search_path = ''
as $$
declare
    day date;
begin
    -- Two hosts may prepare at once.
    perform pg_advisory_xact_lock(hashtext('fleet.prepare_inbox'));
    for day in select generate_series(first_day, last_day, interval '1 day')::date loop
        if to_regclass(format('fleet.inbox_%s', to_char(day, 'YYYYMMDD'))) is null then
            execute format('create table fleet.inbox_%s partition of fleet.inbox for values from (%L) to (%L)',
                           to_char(day, 'YYYYMMDD'), day, day + 1);
            perform fleet.isolate(format('fleet.inbox_%s', to_char(day, 'YYYYMMDD'))::regclass);
            execute format('create policy system on fleet.inbox_%s for select to fleetchat_system using (true)',
                           to_char(day, 'YYYYMMDD'));
        end if;
    end loop;
end
$$;

create function fleet.drop_inbox_day(day date) returns void
    language plpgsql
    security definer
    set search_path = ''
as $$
begin
    execute format('drop table if exists fleet.inbox_%s', to_char(day, 'YYYYMMDD'));
end
$$;

revoke execute on function fleet.prepare_inbox(date, date) from public;
revoke execute on function fleet.drop_inbox_day(date) from public;
grant execute on function fleet.prepare_inbox(date, date) to fleetchat_system;
grant execute on function fleet.drop_inbox_day(date) to fleetchat_system;

-- A row whose day nobody prepared is kept all the same.
create table fleet.inbox_unprepared partition of fleet.inbox default;

create table fleet.inbox_keys_0 partition of fleet.inbox_keys for values with (modulus 8, remainder 0);
create table fleet.inbox_keys_1 partition of fleet.inbox_keys for values with (modulus 8, remainder 1);
create table fleet.inbox_keys_2 partition of fleet.inbox_keys for values with (modulus 8, remainder 2);
create table fleet.inbox_keys_3 partition of fleet.inbox_keys for values with (modulus 8, remainder 3);
create table fleet.inbox_keys_4 partition of fleet.inbox_keys for values with (modulus 8, remainder 4);
create table fleet.inbox_keys_5 partition of fleet.inbox_keys for values with (modulus 8, remainder 5);
create table fleet.inbox_keys_6 partition of fleet.inbox_keys for values with (modulus 8, remainder 6);
create table fleet.inbox_keys_7 partition of fleet.inbox_keys for values with (modulus 8, remainder 7);

select fleet.isolate(c.oid::regclass)
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
where n.nspname = 'fleet'
  and c.relkind in ('r', 'p');

-- The app: what its use cases do, and nothing more. Rows of a log are never deleted by it.
grant select, insert, update on
    fleet.tenants, fleet.tenant_configurations, fleet.number_assignments, fleet.api_keys,
    fleet.drivers, fleet.conversations, fleet.identities, fleet.transports, fleet.stops,
    fleet.message_logs, fleet.outbound, fleet.attempts, fleet.dispatcher_entries,
    fleet.inbox, fleet.lanes, fleet.alerts, fleet.idempotency_keys
    to fleetchat_app;
grant select, insert on
    fleet.transport_events, fleet.inbox_keys, fleet.set_aside, fleet.audit_entries
    to fleetchat_app;
grant delete on fleet.idempotency_keys to fleetchat_app;

-- The system role: which lane has work, never what the work is.
create policy system on fleet.inbox for select to fleetchat_system using (true);
grant select (tenant_id, lane, status, due_at, received_on) on fleet.inbox to fleetchat_system;

create policy system on fleet.outbound for select to fleetchat_system using (true);
grant select (tenant_id, lane, status, due_at, lease_until) on fleet.outbound to fleetchat_system;

create policy system_select on fleet.lanes for select to fleetchat_system using (true);
create policy system_update on fleet.lanes for update to fleetchat_system using (true) with check (true);
grant select (tenant_id, stage, lane, nudged, nudged_at, lease_until), update (nudged, nudged_at)
    on fleet.lanes to fleetchat_system;

create policy system_select on fleet.inbox_keys for select to fleetchat_system using (true);
create policy system_delete on fleet.inbox_keys for delete to fleetchat_system using (true);
grant select (tenant_id, received_at), delete on fleet.inbox_keys to fleetchat_system;

grant select, insert on fleet.unrouted to fleetchat_system;
grant select, insert, update on fleet.platform_alerts to fleetchat_system;

select fleet.prepare_inbox(current_date - 1, current_date + 14);
