-- Whether drivers are at the wheel, as it was seen last. Only those for whom something waits are looked at.
create table fleet.wheel_looks (
    tenant_id text        not null,
    driver_id uuid        not null,
    -- Business time, as everything here.
    looked_at timestamptz not null,
    state     text        not null check (state in ('driving', 'not_driving', 'unknown')),
    -- When he was seen driving last.
    drove_at  timestamptz,
    primary key (tenant_id, driver_id),
    foreign key (tenant_id, driver_id) references fleet.drivers (tenant_id, id)
);

-- What waited for its driver to stop, since when, why, and what ended it. A message may be held more than once.
create table fleet.holds (
    tenant_id   text        not null,
    id          uuid        not null,
    message_id  uuid        not null,
    driver_id   uuid        not null,
    held_at     timestamptz not null,
    -- asking: nobody knows yet. hos, speed: he drives, and by what that is known.
    reason      text        not null default 'asking' check (reason in ('asking', 'hos', 'speed')),
    released_at timestamptz,
    -- over: the message ended another way.
    release     text        check (release in ('not_driving', 'unknown', 'over')),
    primary key (tenant_id, id),
    foreign key (tenant_id, message_id) references fleet.message_logs (tenant_id, id),
    foreign key (tenant_id, driver_id) references fleet.drivers (tenant_id, id),
    check ((released_at is null) = (release is null))
);
-- One at a time.
create unique index holds_open on fleet.holds (tenant_id, message_id) where released_at is null;
create index holds_message on fleet.holds (tenant_id, message_id, held_at);
create index vehicle_assignments_driver on fleet.vehicle_assignments (tenant_id, samsara_driver_id, starts_at);

select fleet.isolate('fleet.wheel_looks'::regclass);
select fleet.isolate('fleet.holds'::regclass);
grant select, insert, update on fleet.wheel_looks, fleet.holds to fleetchat_app;
