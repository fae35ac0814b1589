-- The API's lists: each filter that can stand alone has an index that also gives the list's order.
create index transports_driver_list on fleet.transports (tenant_id, driver_id, id);
-- Also finds the messages of a transport's timeline.
create index message_logs_transport on fleet.message_logs (tenant_id, transport_id, timestamp, id) where transport_id is not null;
create index alerts_list on fleet.alerts (tenant_id, opened_at, id);
