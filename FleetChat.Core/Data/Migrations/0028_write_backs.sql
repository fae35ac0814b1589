-- What drivers' answers change, and what of it is written to Samsara.
alter table fleet.stops
    -- What the driver said that he did there; it goes before what the stop's place in the route suggests.
    add column said_kind        text        check (said_kind in ('pickup', 'delivery', 'other')),
    -- The stop's state as Samsara has it. Ours may be another one, and stays ours.
    add column samsara_state    text        check (samsara_state in ('scheduled', 'en_route', 'arrived', 'done', 'skipped')),
    add column samsara_state_at timestamptz;

alter table fleet.transports
    -- The mark of a delay: since when, why, and when the stop that waits will be reached. Over when that stop is reached; no foreign
    -- key, because stops refer to their transport already.
    add column delayed_at      timestamptz,
    add column delayed_stop_id uuid,
    add column delay_reason    text,
    add column delay_eta       timestamptz;

-- One line for each thing that an answer has written to Samsara. Lines of a route's notes are written one call at a time, because
-- a call reads the notes, appends and puts them back.
create table fleet.write_backs (
    tenant_id    text        not null,
    id           uuid        not null,
    transport_id uuid        not null,
    stop_id      uuid,
    message_id   uuid        not null,
    way          text        not null check (way in ('notes', 'external_id', 'message', 'document')),
    -- What is written, encrypted.
    content      bytea       not null,
    state        text        not null default 'waiting' check (state in ('waiting', 'ordered', 'written', 'refused')),
    created_at   timestamptz not null,
    ended_at     timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, message_id, way),
    foreign key (tenant_id, transport_id) references fleet.transports (tenant_id, id),
    foreign key (tenant_id, stop_id) references fleet.stops (tenant_id, id),
    foreign key (tenant_id, message_id) references fleet.message_logs (tenant_id, id),
    check ((state in ('written', 'refused')) = (ended_at is not null))
);
create index write_backs_open on fleet.write_backs (tenant_id, transport_id, created_at) where state in ('waiting', 'ordered');

-- What we wrote comes back as an event: known by a blind index of where and what, noted before the call.
create table fleet.echoes (
    tenant_id  text        not null references fleet.tenants (tenant_id),
    echo_index bytea       not null check (length(echo_index) = 32),
    written_at timestamptz not null,
    primary key (tenant_id, echo_index)
);

-- Pages that a driver sent one soon after the other are one paper.
create table fleet.papers (
    tenant_id       text        not null,
    id              uuid        not null,
    conversation_id uuid        not null,
    driver_id       uuid        not null,
    transport_id    uuid        not null,
    stop_id         uuid,
    kind            text        check (kind in ('pod', 'bol', 'receipt', 'other')),
    -- open: pages may follow; asked: the driver is asked what it is; closed: told, and on its way to Samsara.
    state           text        not null default 'open' check (state in ('open', 'asked', 'closed')),
    opened_at       timestamptz not null,
    last_page_at    timestamptz not null,
    closed_at       timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, conversation_id) references fleet.conversations (tenant_id, id),
    foreign key (tenant_id, driver_id) references fleet.drivers (tenant_id, id),
    foreign key (tenant_id, transport_id) references fleet.transports (tenant_id, id),
    foreign key (tenant_id, stop_id) references fleet.stops (tenant_id, id),
    check ((state = 'closed') = (closed_at is not null))
);
-- A driver has one paper that pages go to.
create unique index papers_open on fleet.papers (tenant_id, driver_id) where state = 'open';

create table fleet.paper_pages (
    tenant_id  text        not null,
    media_id   uuid        not null,
    paper_id   uuid        not null,
    message_id uuid        not null,
    sent_at    timestamptz not null,
    primary key (tenant_id, media_id),
    foreign key (tenant_id, media_id) references fleet.media (tenant_id, id),
    foreign key (tenant_id, paper_id) references fleet.papers (tenant_id, id),
    foreign key (tenant_id, message_id) references fleet.message_logs (tenant_id, id)
);
create index paper_pages_paper on fleet.paper_pages (tenant_id, paper_id, sent_at);

alter table fleet.tenant_configurations
    -- How a stop's kind is told from its name, its notes or its externalIds: a list of rules, the first that fits decides.
    add column stop_kinds jsonb not null default '[]';

select fleet.isolate('fleet.write_backs'::regclass);
select fleet.isolate('fleet.echoes'::regclass);
select fleet.isolate('fleet.papers'::regclass);
select fleet.isolate('fleet.paper_pages'::regclass);
grant select, insert, update on fleet.write_backs, fleet.echoes, fleet.papers, fleet.paper_pages to fleetchat_app;
