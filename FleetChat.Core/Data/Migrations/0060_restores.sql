-- The database was put back to an earlier moment: what was done after it is in here no more, and was done all the same. Who restores says so
-- before any host starts, and until he says that it is over nothing goes out that may have gone out already.
create table fleet.platform_restores (
    id           uuid        not null primary key,
    -- The last moment that the database knows of.
    restored_to  timestamptz not null,
    begun_at     timestamptz not null,
    begun_by     text        not null,
    -- Of all sending, from the beginning on.
    pause_id     uuid        not null references fleet.platform_pauses (id),
    -- So many of each series' numbers may have been given after that moment.
    numbers_left int         not null check (numbers_left >= 0),
    ended_at     timestamptz,
    ended_by     text,
    check ((ended_at is null) = (ended_by is null))
);
grant select, insert, update (ended_at, ended_by) on fleet.platform_restores to fleetchat_system;

-- The same for each company: marked one by one, so that who dies in between goes on.
create table fleet.restores (
    tenant_id text        not null references fleet.tenants (tenant_id),
    id        uuid        not null,
    begun_at  timestamptz not null,
    ended_at  timestamptz,
    primary key (tenant_id, id)
);
create unique index restores_open on fleet.restores (tenant_id) where ended_at is null;
select fleet.isolate('fleet.restores'::regclass);
grant select, insert, update (ended_at) on fleet.restores to fleetchat_app;

-- Nobody knows whether it was sent after that moment: it is never sent by itself. Its due_at is infinity.
alter table fleet.outbound add column restore_id uuid;
create index outbound_restored on fleet.outbound (tenant_id, restore_id) where restore_id is not null;

-- Numbers that are not given: the law wants to know why. They may stand on invoices that are in here no more.
create table fleet.number_gaps (
    series      text not null,
    data_region text not null,
    restore_id  uuid not null references fleet.platform_restores (id),
    first       int  not null,
    last        int  not null check (last >= first),
    primary key (series, data_region, restore_id)
);
grant select on fleet.number_gaps to fleetchat_system;

create function fleet.leave_numbers(of_restore uuid) returns void
    language sql
    security definer
    set search_path = ''
as $$
    with gap as (
        insert into fleet.number_gaps as g (series, data_region, restore_id, first, last)
        select s.series, s.data_region, r.id, s.last + 1, s.last + r.numbers_left
        from fleet.platform_restores r, fleet.number_series s
        where r.id = of_restore
          and r.numbers_left > 0
        on conflict (series, data_region, restore_id) do nothing
        returning g.series, g.data_region, g.last
    )
    update fleet.number_series s
    set last = gap.last
    from gap
    where s.series = gap.series
      and s.data_region = gap.data_region
$$;
revoke execute on function fleet.leave_numbers(uuid) from public;
grant execute on function fleet.leave_numbers(uuid) to fleetchat_system;

-- As before; but a series that the restored database does not know may have been begun after that moment.
create or replace function fleet.take_number(of_series text, of_region text) returns int
    language sql
    security definer
    set search_path = ''
as $$
    insert into fleet.number_series as s (series, data_region, last)
    values (of_series, of_region, 1 + coalesce((select max(r.numbers_left) from fleet.platform_restores r), 0))
    on conflict (series, data_region) do update
    set last = s.last + 1
    returning last
$$;
