-- Who drives a transport: the driver whom its route names, else the crew of its vehicle. driver_id is at the wheel, as far as is known.
alter table fleet.transports
    -- On board, and not at the wheel.
    add column co_driver_id    uuid,
    -- The vehicle by whose crew the two were set; null: by the route's word alone.
    add column crew_vehicle_id text,
    -- Why nobody is told at present, and since when. Those who were on board last may still answer.
    add column crew_problem    text check (crew_problem in ('unknown', 'nobody', 'too_many')),
    add column crew_problem_at timestamptz,
    -- It was there, or had begun, when we first heard of it, and nobody was known to drive it: the first who does knows of it.
    add column known_at_first  boolean not null default false,
    add constraint transports_co_driver_id_fkey foreign key (tenant_id, co_driver_id) references fleet.drivers (tenant_id, id),
    add constraint transports_crew_problem check ((crew_problem is null) = (crew_problem_at is null));
create index transports_co_driver on fleet.transports (tenant_id, co_driver_id, updated_at) where co_driver_id is not null;

alter table fleet.outbound
    -- Only for who drives its transport: not sent to somebody who does not any more.
    add column for_crew boolean not null default false;
