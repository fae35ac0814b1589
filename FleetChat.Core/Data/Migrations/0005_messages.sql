-- Every message in and out. content is JSON, encrypted: what was said, and for a template its name and parameters.
create table fleet.message_logs (
    tenant_id       text        not null references fleet.tenants (tenant_id),
    id              uuid        not null,
    conversation_id uuid        not null,
    driver_id       uuid,
    transport_id    uuid,
    stop_id         uuid,
    direction       text        not null check (direction in ('inbound', 'outbound')),
    content         bytea       not null,
    kind            text        not null,
    timestamp       timestamptz not null,
    status          text        not null,
    status_rank     smallint    not null,
    reason          text        not null,
    reply_to        uuid,
    wamid           text,
    error_code      int,
    attempts        int         not null default 0,
    sent_at         timestamptz,
    delivered_at    timestamptz,
    read_at         timestamptz,
    failed_at       timestamptz,
    -- One fact has one message, whatever way and however often it came.
    effect_key      text        not null,
    created_at      timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, effect_key),
    unique (tenant_id, wamid),
    foreign key (tenant_id, conversation_id) references fleet.conversations (tenant_id, id),
    foreign key (tenant_id, driver_id) references fleet.drivers (tenant_id, id),
    foreign key (tenant_id, transport_id) references fleet.transports (tenant_id, id),
    foreign key (tenant_id, stop_id) references fleet.stops (tenant_id, id),
    check (direction = 'outbound' or status = 'received'),
    check (direction = 'inbound'
           or status in ('queued', 'accepted', 'sent', 'failed', 'delivered', 'read', 'played', 'expired', 'refused'))
);
create index message_logs_list on fleet.message_logs (tenant_id, timestamp, id);
create index message_logs_driver on fleet.message_logs (tenant_id, driver_id, timestamp, id);
create index message_logs_conversation on fleet.message_logs (tenant_id, conversation_id, timestamp, id);

-- Work of the sender: one row a message to be sent, finished rows stay until they are purged.
create table fleet.outbound (
    tenant_id       text        not null,
    id              uuid        not null,
    message_id      uuid        not null,
    conversation_id uuid        not null,
    driver_id       uuid,
    lane            smallint    not null,
    status          text        not null default 'waiting'
                                check (status in ('waiting', 'sending', 'doubt', 'done')),
    -- Business time: not before due_at, and not after valid_until.
    due_at          timestamptz not null,
    valid_until     timestamptz,
    supersedes      text,
    attempts        int         not null default 0,
    resends         int         not null default 0,
    lease_token     uuid,
    -- Database time, as everything that fences.
    lease_until     timestamptz,
    created_at      timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, message_id),
    foreign key (tenant_id, message_id) references fleet.message_logs (tenant_id, id),
    foreign key (tenant_id, conversation_id) references fleet.conversations (tenant_id, id),
    foreign key (tenant_id, driver_id) references fleet.drivers (tenant_id, id),
    check ((status = 'sending') = (lease_token is not null)),
    check ((lease_token is null) = (lease_until is null))
);
create index outbound_due on fleet.outbound (tenant_id, lane, due_at) where status in ('waiting', 'doubt');
create index outbound_sending on fleet.outbound (tenant_id, lease_until) where status = 'sending';
create index outbound_conversation on fleet.outbound (tenant_id, conversation_id) where status <> 'done';

-- Committed before the call to WhatsApp; its id travels as biz_opaque_callback_data and settles a lost answer.
create table fleet.attempts (
    tenant_id   text        not null,
    id          uuid        not null,
    outbound_id uuid        not null,
    message_id  uuid        not null,
    started_at  timestamptz not null,
    closed_at   timestamptz,
    outcome     text        check (outcome in ('accepted', 'refused', 'transient', 'unknown')),
    error_code  int,
    trace_id    text,
    primary key (tenant_id, id),
    foreign key (tenant_id, outbound_id) references fleet.outbound (tenant_id, id),
    foreign key (tenant_id, message_id) references fleet.message_logs (tenant_id, id),
    check ((closed_at is null) = (outcome is null))
);
create index attempts_outbound on fleet.attempts (tenant_id, outbound_id, started_at);

-- What a person has to look at: free text, and everything doubtful.
create table fleet.dispatcher_entries (
    tenant_id       text        not null,
    id              uuid        not null,
    conversation_id uuid        not null,
    message_id      uuid        not null,
    driver_id       uuid,
    reason          text        not null,
    since           timestamptz not null,
    handled_at      timestamptz,
    handled_by      text,
    primary key (tenant_id, id),
    unique (tenant_id, message_id, reason),
    foreign key (tenant_id, conversation_id) references fleet.conversations (tenant_id, id),
    foreign key (tenant_id, message_id) references fleet.message_logs (tenant_id, id),
    foreign key (tenant_id, driver_id) references fleet.drivers (tenant_id, id),
    check ((handled_at is null) = (handled_by is null))
);
create index dispatcher_entries_open on fleet.dispatcher_entries (tenant_id, since, id) where handled_at is null;
create index dispatcher_entries_conversation on fleet.dispatcher_entries (tenant_id, conversation_id, since);
