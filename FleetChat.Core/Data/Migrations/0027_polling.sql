-- How polling of each feed stands. A look is committed with all that it brought.
create table fleet.samsara_polls (
    tenant_id  text        not null references fleet.tenants (tenant_id),
    feed       text        not null check (feed in ('routes', 'drivers', 'assignments')),
    -- HMAC of the address, the org and the tag that were looked at: another connection is looked at afresh. Null before the first look.
    connection bytea       check (length(connection) = 32),
    looked_at  timestamptz,
    -- In a row.
    failures   int         not null default 0,
    -- Code of the alert that the last failure is worth.
    problem    text,
    primary key (tenant_id, feed),
    check ((connection is null) = (looked_at is null)),
    check ((failures = 0) = (problem is null))
);

-- What the last look at each thing saw: only what changed since is a fact.
create table fleet.samsara_seen (
    tenant_id text        not null references fleet.tenants (tenant_id),
    feed      text        not null check (feed in ('routes', 'drivers')),
    object_id text        not null,
    -- HMAC of the content, whatever its order of members.
    content   bytea       not null check (length(content) = 32),
    -- Of a route: when it is planned, and whether it is through.
    starts_at timestamptz,
    ends_at   timestamptz,
    is_over   boolean     not null default false,
    looked_at timestamptz not null,
    primary key (tenant_id, feed, object_id)
);

-- Vehicles whose drivers somebody wants to know.
create table fleet.vehicle_looks (
    tenant_id          text        not null references fleet.tenants (tenant_id),
    samsara_vehicle_id text        not null,
    wanted_until       timestamptz not null,
    -- Of the last whole answer.
    looked_at          timestamptz,
    primary key (tenant_id, samsara_vehicle_id)
);

create table fleet.vehicle_assignments (
    tenant_id          text        not null references fleet.tenants (tenant_id),
    samsara_vehicle_id text        not null,
    -- Of one who lies outside the company's tag only an HMAC: he is counted, not known.
    samsara_driver_id  text        not null,
    starts_at          timestamptz not null,
    ends_at            timestamptz,
    is_passenger       boolean     not null,
    seen_at            timestamptz not null,
    primary key (tenant_id, samsara_vehicle_id, samsara_driver_id, starts_at, is_passenger)
);

-- Whether things of Samsara's lie inside the company's tag, as far as that was looked up. Whose they are, only the HMAC knows.
create table fleet.samsara_scope (
    tenant_id     text        not null references fleet.tenants (tenant_id),
    subject_index bytea       not null check (length(subject_index) = 32),
    kind          text        not null check (kind in ('driver', 'vehicle', 'asset', 'route', 'tag')),
    verdict       text        not null check (verdict in ('inside', 'outside', 'untagged')),
    looked_at     timestamptz not null,
    expires_at    timestamptz not null,
    primary key (tenant_id, subject_index)
);

alter table fleet.drivers
    -- What the roster said last, encrypted, and when: a change of something else there doesn't undo what was entered here.
    add column roster    bytea,
    add column roster_at timestamptz,
    add constraint drivers_roster check ((roster is null) = (roster_at is null));

select fleet.isolate('fleet.samsara_polls'::regclass);
select fleet.isolate('fleet.samsara_seen'::regclass);
select fleet.isolate('fleet.vehicle_looks'::regclass);
select fleet.isolate('fleet.vehicle_assignments'::regclass);
select fleet.isolate('fleet.samsara_scope'::regclass);
grant select, insert, update on fleet.samsara_polls to fleetchat_app;
grant select, insert, update, delete on fleet.samsara_seen, fleet.vehicle_looks, fleet.vehicle_assignments, fleet.samsara_scope to fleetchat_app;

-- Whose polls have to be begun.
grant select (kind) on fleet.calls to fleetchat_system;
