-- status_at is moved by drivers' taps too, so it says nothing about the age of what a route's facts told: a reassignment
-- that was under way while the driver tapped was taken for old, and the driver before got the messages.
-- route_at is the time of the newest fact about the route, driver_at of the newest one that named its driver.
alter table fleet.transports
    add column route_at  timestamptz,
    add column driver_at timestamptz;

-- The time of the newest fact that listed the stop in its route. Null as long as only a fragment of the stop is known.
alter table fleet.stops
    add column described_at timestamptz;

-- The owner sees no row of a forced table.
alter table fleet.transports no force row level security;
alter table fleet.stops no force row level security;

do $$
declare
    expected bigint;
    changed  bigint;
begin
    select count(*) into expected from fleet.transports;
    update fleet.transports
    set route_at = status_at, driver_at = case when samsara_driver_id is not null then status_at end;
    get diagnostics changed = row_count;
    if changed <> expected then
        raise exception 'route_at was set in % of % transports', changed, expected;
    end if;

    select count(*) into expected from fleet.stops;
    update fleet.stops s
    set described_at = t.status_at
    from fleet.transports t
    where t.tenant_id = s.tenant_id and t.id = s.transport_id;
    get diagnostics changed = row_count;
    if changed <> expected then
        raise exception 'described_at was set in % of % stops', changed, expected;
    end if;
end
$$;

alter table fleet.transports force row level security;
alter table fleet.stops force row level security;

alter table fleet.transports
    alter column route_at set not null;
