-- Of Samsara's address book; null: a place that is none of it, or a stop that was not read since.
alter table fleet.stops add column samsara_address_id text;
create index stops_address on fleet.stops (tenant_id, samsara_address_id) where samsara_address_id is not null;

-- Trucks at places of the address book: a row a truck and place, of its last visit. All times are business time.
create table fleet.site_visits (
    tenant_id          text        not null references fleet.tenants (tenant_id),
    id                 uuid        not null,
    samsara_vehicle_id text        not null,
    samsara_address_id text        not null,
    name               text,
    -- By the facts' own time, the newest of each; null: not heard of.
    entered_at         timestamptz,
    left_at            timestamptz,
    -- Since when its driver is to be told, and nobody can say who that is.
    unknown_since      timestamptz,
    heard_at           timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, samsara_vehicle_id, samsara_address_id)
);
create index site_visits_heard on fleet.site_visits (tenant_id, heard_at);

alter table fleet.outbound
    -- It tells of this visit, and is for who is in that truck. No reference: visits are forgotten sooner.
    add column site_visit_id uuid;
create index outbound_site_visit on fleet.outbound (tenant_id, site_visit_id) where site_visit_id is not null and status = 'waiting';

select fleet.isolate('fleet.site_visits'::regclass);
grant select, insert, update on fleet.site_visits to fleetchat_app;
create policy system_select on fleet.site_visits for select to fleetchat_system using (true);
create policy system_delete on fleet.site_visits for delete to fleetchat_system using (true);
grant select (tenant_id, heard_at), delete on fleet.site_visits to fleetchat_system;
