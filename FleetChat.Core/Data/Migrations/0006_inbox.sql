-- What was seen already. Narrow, and partitioned by tenant: partitioning by time would forbid the unique key.
create table fleet.inbox_keys (
    tenant_id   text        not null,
    source      text        not null check (source in ('samsara', 'whatsapp')),
    external_id text        not null,
    received_at timestamptz not null,
    primary key (tenant_id, source, external_id)
) partition by hash (tenant_id);
create index inbox_keys_received on fleet.inbox_keys (tenant_id, received_at);

-- The payloads, by day of arrival, so that old ones are dropped whole.
create table fleet.inbox (
    tenant_id   text        not null references fleet.tenants (tenant_id),
    received_on date        not null,
    id          uuid        not null,
    source      text        not null check (source in ('samsara', 'whatsapp')),
    kind        text        not null,
    external_id text        not null,
    lane        smallint    not null,
    -- 0 goes first: an opt-out overtakes everything that waits.
    urgency     smallint    not null default 1,
    payload     bytea       not null,
    received_at timestamptz not null,
    status      text        not null default 'pending' check (status in ('pending', 'done', 'parked')),
    due_at      timestamptz not null,
    attempts    smallint    not null default 0,
    -- What became of it: the decision and its reason, or the error of the last attempt. Codes, never contents.
    outcome     text,
    finished_at timestamptz,
    primary key (tenant_id, received_on, id),
    check ((status = 'done') = (finished_at is not null))
) partition by range (received_on);
create index inbox_pending on fleet.inbox (tenant_id, lane, urgency, id) where status = 'pending';
create index inbox_parked on fleet.inbox (tenant_id, received_on) where status = 'parked';

-- A lane spreads a tenant's load over workers. nudged: a message is in the queue that says "there is work".
create table fleet.lanes (
    tenant_id   text        not null references fleet.tenants (tenant_id),
    stage       text        not null check (stage in ('process', 'send')),
    lane        smallint    not null,
    nudged      boolean     not null default false,
    nudged_at   timestamptz not null default now(),
    lease_token uuid,
    lease_until timestamptz,
    primary key (tenant_id, stage, lane),
    check ((lease_token is null) = (lease_until is null))
);

-- Signed rightly, but not to be processed: unparsable, or another org's or webhook's.
create table fleet.set_aside (
    tenant_id   text        not null references fleet.tenants (tenant_id),
    id          uuid        not null,
    source      text        not null check (source in ('samsara', 'whatsapp')),
    reason      text        not null,
    -- SHA-256 of the bytes: a repeat is kept once.
    digest      bytea       not null check (length(digest) = 32),
    payload     bytea       not null,
    received_at timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, source, digest)
);

-- WhatsApp updates that belong to no tenant. Encrypted with the platform's own key.
create table fleet.unrouted (
    id              uuid        not null primary key,
    reason          text        not null,
    phone_number_id text,
    waba_id         text,
    digest          bytea       not null unique check (length(digest) = 32),
    payload         bytea       not null,
    received_at     timestamptz not null
);

create table fleet.alerts (
    tenant_id   text        not null references fleet.tenants (tenant_id),
    id          uuid        not null,
    code        text        not null,
    severity    text        not null check (severity in ('info', 'warning', 'critical')),
    -- What it is about, as an id; the sentence for people is made from the code when it is shown.
    subject     text        not null default '',
    count       int         not null default 1,
    opened_at   timestamptz not null,
    last_at     timestamptz not null,
    closed_at   timestamptz,
    primary key (tenant_id, id)
);
create unique index alerts_open on fleet.alerts (tenant_id, code, subject) where closed_at is null;

create table fleet.platform_alerts (
    id         uuid        not null primary key,
    code       text        not null,
    severity   text        not null check (severity in ('info', 'warning', 'critical')),
    subject    text        not null default '',
    count      int         not null default 1,
    opened_at  timestamptz not null,
    last_at    timestamptz not null,
    closed_at  timestamptz
);
create unique index platform_alerts_open on fleet.platform_alerts (code, subject) where closed_at is null;

create table fleet.audit_entries (
    tenant_id   text        not null references fleet.tenants (tenant_id),
    id          uuid        not null,
    at          timestamptz not null,
    actor       text        not null,
    action      text        not null,
    subject     text        not null default '',
    detail      text        not null default '',
    primary key (tenant_id, id)
);
create index audit_entries_time on fleet.audit_entries (tenant_id, at, id);

create table fleet.idempotency_keys (
    tenant_id    text        not null references fleet.tenants (tenant_id),
    key          text        not null check (length(key) between 1 and 255),
    request_hash bytea       not null check (length(request_hash) = 32),
    -- Null while the first request is still at work.
    status_code  int,
    response     bytea,
    created_at   timestamptz not null,
    primary key (tenant_id, key)
);
create index idempotency_keys_created on fleet.idempotency_keys (tenant_id, created_at);
