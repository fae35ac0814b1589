-- Rules are data: what a company changed of the defaults, by rule id. Ids, numbers and switches only.
alter table fleet.tenant_configurations
    add column rules jsonb not null default '{}',
    -- Key in a Samsara route's externalIds under which the company keeps its load's number.
    add column load_reference_key text not null default 'load';

-- What a driver is told of a route.
alter table fleet.transports
    add column samsara_vehicle_id text,
    add column starts_at          timestamptz,
    add column ends_at            timestamptz,
    add column time_zone          text,
    add column load_reference     text,
    add column notes              bytea,
    -- Hash of what drivers are told: another one asks for a notice.
    add column plan_hash          bytea;
create index transports_vehicle on fleet.transports (tenant_id, samsara_vehicle_id) where status not in ('delivered', 'completed', 'cancelled', 'declined');

alter table fleet.stops
    add column address     bytea,
    add column notes       bytea,
    add column latitude    double precision,
    add column longitude   double precision,
    add column departs_at  timestamptz,
    -- The time of arrival that people were told last.
    add column told_eta    timestamptz,
    -- The time of the newest fact about its ETA alone.
    add column eta_at      timestamptz,
    -- When the first paper of this stop came, whatever way.
    add column document_at timestamptz,
    -- No longer on the route.
    add column removed_at  timestamptz;

alter table fleet.drivers
    -- IANA name; null: the route's, else the company's.
    add column time_zone text;

-- What each driver knows of a transport. version counts what he was told; is_told is false for what was there when we first looked.
create table fleet.tellings (
    tenant_id    text        not null,
    transport_id uuid        not null,
    driver_id    uuid        not null,
    version      int         not null,
    plan         bytea       not null,
    is_told      boolean     not null,
    told_at      timestamptz not null,
    -- When he was told that the transport is not his any more.
    ended_at     timestamptz,
    primary key (tenant_id, transport_id, driver_id),
    foreign key (tenant_id, transport_id) references fleet.transports (tenant_id, id),
    foreign key (tenant_id, driver_id) references fleet.drivers (tenant_id, id)
);

-- What a driver who had enough messages for a day is told together.
create table fleet.held_notices (
    tenant_id  text        not null,
    id         uuid        not null,
    driver_id  uuid        not null,
    rule       text        not null,
    effect_key text        not null,
    content    bytea       not null,
    created_at timestamptz not null,
    told_at    timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, effect_key),
    foreign key (tenant_id, driver_id) references fleet.drivers (tenant_id, id)
);
create index held_notices_waiting on fleet.held_notices (tenant_id, driver_id, created_at) where told_at is null;

alter table fleet.outbound
    -- It waits while the driver drives.
    add column can_wait boolean not null default false;
create index outbound_supersedes on fleet.outbound (tenant_id, supersedes) where supersedes is not null and status = 'waiting';
create index message_logs_unasked on fleet.message_logs (tenant_id, driver_id, created_at) where direction = 'outbound';

select fleet.isolate('fleet.tellings'::regclass);
select fleet.isolate('fleet.held_notices'::regclass);
grant select, insert, update on fleet.tellings, fleet.held_notices to fleetchat_app;
