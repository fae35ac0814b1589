-- Holds that are over are forgotten with everything else that is.
create index holds_released on fleet.holds (tenant_id, released_at) where released_at is not null;
create policy system_select on fleet.holds for select to fleetchat_system using (true);
create policy system_delete on fleet.holds for delete to fleetchat_system using (released_at is not null);
grant select (tenant_id, released_at), delete on fleet.holds to fleetchat_system;
