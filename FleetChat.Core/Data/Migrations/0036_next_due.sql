-- Until when a company's sending is held decides when its messages are due: routing and sweeps see it beside their due times.
create policy system on fleet.tenant_configurations for select to fleetchat_system using (true);
grant select (tenant_id, sending_held_until) on fleet.tenant_configurations to fleetchat_system;
