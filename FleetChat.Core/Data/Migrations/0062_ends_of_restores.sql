-- When all that can settle a doubt was looked through for the first time. What the looks found is told minutes later, once it has settled:
-- until then the restore does not end.
alter table fleet.platform_restores add column looked_through_at timestamptz;
grant update (looked_through_at) on fleet.platform_restores to fleetchat_system;

-- As before; but that numbers of a series are left out which begins after a restore is written down too.
create or replace function fleet.take_number(of_series text, of_region text) returns int
    language sql
    security definer
    set search_path = ''
as $$
    with most as (
        select r.id, r.numbers_left
        from fleet.platform_restores r
        order by r.numbers_left desc, r.begun_at desc
        limit 1
    ), taken as (
        insert into fleet.number_series as s (series, data_region, last)
        values (of_series, of_region, 1 + coalesce((select most.numbers_left from most), 0))
        on conflict (series, data_region) do update
        set last = s.last + 1
        -- Nobody updated it: it is new.
        returning s.last, s.xmax = 0 as is_first
    ), gap as (
        insert into fleet.number_gaps (series, data_region, restore_id, first, last)
        select of_series, of_region, most.id, 1, most.numbers_left
        from taken, most
        where taken.is_first
          and most.numbers_left > 0
    )
    select taken.last
    from taken
$$;
