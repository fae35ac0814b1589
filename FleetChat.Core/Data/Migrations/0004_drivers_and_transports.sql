-- A chat with one WhatsApp user: a phone, or a user id where WhatsApp shows no phone.
-- Several drivers may share the phone; the 24-hour window, STOP and the order of sending belong to the phone.
create table fleet.conversations (
    tenant_id       text        not null references fleet.tenants (tenant_id),
    id              uuid        not null,
    -- Where messages go: E.164 or a user id, encrypted.
    identity_kind   text        not null check (identity_kind in ('phone', 'user_id')),
    identity        bytea       not null,
    last_inbound_at timestamptz,
    stopped_at      timestamptz,
    -- When somebody unknown got his one answer.
    introduced_at   timestamptz,
    created_at      timestamptz not null,
    primary key (tenant_id, id)
);

-- By what a WhatsApp user is known: the number as the roster has it, the one WhatsApp answers with
-- (they differ in some countries), a user id. Blind indexes only.
create table fleet.identities (
    tenant_id       text        not null,
    identity_kind   text        not null check (identity_kind in ('phone', 'user_id')),
    identity_index  bytea       not null check (length(identity_index) = 32),
    conversation_id uuid        not null,
    created_at      timestamptz not null,
    primary key (tenant_id, identity_kind, identity_index),
    foreign key (tenant_id, conversation_id) references fleet.conversations (tenant_id, id)
);

create table fleet.drivers (
    tenant_id         text        not null references fleet.tenants (tenant_id),
    id                uuid        not null,
    samsara_driver_id text        not null,
    name              bytea       not null,
    -- E.164, encrypted; null while the roster shows no usable phone.
    whatsapp_number   bytea,
    -- The chat of that phone. Several drivers may have the same one.
    conversation_id   uuid,
    consent_status    text        not null default 'unknown'
                                  check (consent_status in ('unknown', 'invited', 'asked', 'granted', 'declined', 'withdrawn', 'expired')),
    language          text        check (language in ('en', 'es')),
    status            text        not null default 'active' check (status in ('active', 'deactivated')),
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, samsara_driver_id),
    foreign key (tenant_id, conversation_id) references fleet.conversations (tenant_id, id),
    check ((whatsapp_number is null) = (conversation_id is null))
);
create index drivers_conversation on fleet.drivers (tenant_id, conversation_id);

create table fleet.transports (
    tenant_id         text        not null references fleet.tenants (tenant_id),
    id                uuid        not null,
    samsara_route_id  text        not null,
    samsara_driver_id text,
    driver_id         uuid,
    name              text        not null,
    status            text        not null default 'assigned'
                                  check (status in ('assigned', 'accepted', 'declined', 'en_route', 'arrived', 'loaded', 'delivered', 'completed', 'cancelled')),
    -- The time that the newest fact about the route gave itself; an older fact changes nothing.
    status_at         timestamptz not null,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, samsara_route_id),
    foreign key (tenant_id, driver_id) references fleet.drivers (tenant_id, id)
);
create index transports_driver on fleet.transports (tenant_id, driver_id, updated_at);

create table fleet.stops (
    tenant_id       text        not null,
    id              uuid        not null,
    transport_id    uuid        not null,
    samsara_stop_id text        not null,
    sequence        int         not null,
    kind            text        not null check (kind in ('pickup', 'delivery', 'other')),
    state           text        not null default 'scheduled'
                                check (state in ('scheduled', 'en_route', 'arrived', 'done', 'skipped')),
    state_at        timestamptz not null,
    name            text        not null,
    scheduled_at    timestamptz,
    eta             timestamptz,
    arrived_at      timestamptz,
    departed_at     timestamptz,
    done_at         timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, samsara_stop_id),
    foreign key (tenant_id, transport_id) references fleet.transports (tenant_id, id)
);
create index stops_transport on fleet.stops (tenant_id, transport_id, sequence);

-- What happened to a transport, in the order of the facts' own times.
create table fleet.transport_events (
    tenant_id    text        not null,
    id           uuid        not null,
    transport_id uuid        not null,
    stop_id      uuid,
    happened_at  timestamptz not null,
    what         text        not null,
    source       text        not null check (source in ('samsara', 'driver', 'dispatcher', 'system')),
    message_id   uuid,
    -- One fact has one effect, whatever way and however often it came.
    effect_key   text        not null,
    recorded_at  timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, effect_key),
    foreign key (tenant_id, transport_id) references fleet.transports (tenant_id, id),
    foreign key (tenant_id, stop_id) references fleet.stops (tenant_id, id)
);
create index transport_events_timeline on fleet.transport_events (tenant_id, transport_id, happened_at, id);
