-- What we wrote to Samsara comes back within minutes. Its mark is forgotten with everything else that is over.
create index echoes_written on fleet.echoes (tenant_id, written_at);
create policy system_select on fleet.echoes for select to fleetchat_system using (true);
create policy system_delete on fleet.echoes for delete to fleetchat_system using (true);
grant select (tenant_id, written_at), delete on fleet.echoes to fleetchat_system;
