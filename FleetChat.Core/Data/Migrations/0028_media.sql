-- What drivers send beside words: photos, documents, voice. The bytes lie encrypted in the media store, under the row's id.
create table fleet.media (
    tenant_id    text        not null references fleet.tenants (tenant_id),
    id           uuid        not null,
    message_id   uuid        not null,
    kind         text        not null check (kind in ('image', 'video', 'audio', 'document', 'sticker')),
    -- What the bytes are, whatever the sender called them. Null until they are here.
    mime_type    text,
    size         bigint,
    -- Blind index of the bytes' SHA-256: the same photo twice is found.
    sha256_index bytea       check (length(sha256_index) = 32),
    state        text        not null default 'waiting' check (state in ('waiting', 'fetched', 'failed', 'erased')),
    -- Why it failed, as a code.
    reason       text,
    stored_at    timestamptz,
    created_at   timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, message_id),
    foreign key (tenant_id, message_id) references fleet.message_logs (tenant_id, id),
    check ((state = 'fetched') = (stored_at is not null)),
    check (state <> 'fetched' or (mime_type is not null and size is not null and sha256_index is not null)),
    check ((state = 'failed') = (reason is not null))
);

select fleet.isolate('fleet.media'::regclass);
grant select, insert, update on fleet.media to fleetchat_app;
