-- Why somebody was told, or was not: each message, fact and call names what was being worked on when it was written
-- (event:{inbox row}, reminder:{kind}:{subject}, call:{id}); null for a request from outside.
alter table fleet.message_logs add column cause text;
alter table fleet.transport_events add column cause text;
alter table fleet.calls add column cause text;
create index message_logs_cause on fleet.message_logs (tenant_id, cause) where cause is not null;
create index transport_events_cause on fleet.transport_events (tenant_id, cause) where cause is not null;

-- What was decided and left no row of its own: a rule that told nobody, a look at something later that ended in nothing, a
-- message that a newer word replaced. Ids and codes only. Kept as long as the inbox, whose rows it explains.
create table fleet.decisions (
    tenant_id    text        not null references fleet.tenants (tenant_id),
    at           timestamptz not null,
    -- Grows in the order of writing.
    id           bigint      generated always as identity,
    cause        text,
    kind         text        not null check (kind in ('rule', 'held', 'known', 'watched', 'looked', 'superseded', 'unsent')),
    -- A rule's id, a fact's effect key, a reminder ({kind}:{subject}), or what a superseded message was about.
    subject      text        not null,
    transport_id uuid,
    stop_id      uuid,
    driver_id    uuid,
    -- The message that it decided on, or that told it already.
    message_id   uuid,
    outcome      text        not null,
    -- When it is looked at again, or sent at the earliest.
    due_at       timestamptz,
    primary key (tenant_id, at, id)
);
create index decisions_cause on fleet.decisions (tenant_id, cause, at) where cause is not null;
create index decisions_subject on fleet.decisions (tenant_id, subject, at) where kind in ('known', 'watched', 'looked');
create index decisions_message on fleet.decisions (tenant_id, message_id) where message_id is not null;

select fleet.isolate('fleet.decisions'::regclass);
grant select, insert on fleet.decisions to fleetchat_app;
create policy system_select on fleet.decisions for select to fleetchat_system using (true);
create policy system_delete on fleet.decisions for delete to fleetchat_system using (true);
grant select (tenant_id, at), delete on fleet.decisions to fleetchat_system;
