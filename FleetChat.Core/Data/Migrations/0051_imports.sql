-- Rosters that companies hand in, or that are read from Samsara. What was handed in lies in its parts, encrypted, until its rows
-- have been looked at; what became of each row stays for as long as the inbox.
create table fleet.imports (
    tenant_id      text        not null references fleet.tenants (tenant_id),
    id             uuid        not null,
    source         text        not null check (source in ('csv', 'json', 'samsara')),
    is_dry_run     boolean     not null,
    state          text        not null check (state in ('open', 'running', 'asking', 'done', 'cancelled', 'failed')),
    -- What the company asked for, and how its file is read: JSON, encrypted, because both hold its columns' names.
    settings       bytea       not null,
    reading        bytea,
    -- As told at the completion.
    parts          int         check (parts > 0),
    sha256         bytea       check (length(sha256) = 32),
    -- Of Samsara: where to go on; null: at the beginning, or all is here (then rows_total is known).
    samsara_cursor text,
    -- Null until all have been counted.
    rows_total     int         check (rows_total >= 0),
    -- The cursor: all rows up to this one have their result.
    rows_done      int         not null default 0 check (rows_done between 0 and coalesce(rows_total, 0)),
    added          int         not null default 0,
    changed        int         not null default 0,
    unchanged      int         not null default 0,
    refused        int         not null default 0,
    -- Why it failed, and at which line.
    problem        text,
    problem_line   int,
    opened_at      timestamptz not null,
    opened_by      text        not null,
    ended_at       timestamptz,
    primary key (tenant_id, id),
    check (added + changed + unchanged + refused = rows_done),
    check ((state = 'failed') = (problem is not null)),
    check ((state in ('done', 'cancelled', 'failed')) = (ended_at is not null))
);
create index imports_list on fleet.imports (tenant_id, opened_at, id);

create table fleet.import_parts (
    tenant_id text  not null,
    import_id uuid  not null,
    number    int   not null check (number > 0),
    content   bytea not null,
    sha256    bytea not null check (length(sha256) = 32),
    length    int   not null check (length > 0),
    primary key (tenant_id, import_id, number),
    foreign key (tenant_id, import_id) references fleet.imports (tenant_id, id)
);

create table fleet.import_rows (
    tenant_id    text    not null,
    import_id    uuid    not null,
    number       int     not null check (number > 0),
    -- Of the file, where the row begins.
    line         int     not null,
    outcome      text    not null check (outcome in ('added', 'changed', 'unchanged', 'refused')),
    -- Why it was refused, and which field has to be mended.
    code         text,
    field        text,
    -- Whom it names: encrypted, because anything may stand in a refused one.
    subject      bytea   not null,
    -- No key: a driver may be erased before this is forgotten.
    driver_id    uuid,
    -- Other drivers have this phone too.
    shared_phone boolean not null,
    phone_flag   text    check (phone_flag in ('no_country', 'not_possible', 'ambiguous')),
    -- What became of the evidence in the row.
    consent      text    check (consent in ('granted', 'known', 'withdrawn', 'to_ask', 'asked', 'not_asked')),
    -- Beginnings of blind indexes: whether a row names somebody, or a phone, that an earlier one did.
    subject_hash bigint,
    phone_hash   bigint,
    primary key (tenant_id, import_id, number),
    foreign key (tenant_id, import_id) references fleet.imports (tenant_id, id),
    check ((outcome = 'refused') = (code is not null))
);
create index import_rows_subject on fleet.import_rows (tenant_id, import_id, subject_hash) where subject_hash is not null;
-- Of dry runs alone: others leave the phone in the roster.
create index import_rows_phone on fleet.import_rows (tenant_id, import_id, phone_hash) where phone_hash is not null;
create index import_rows_asked on fleet.import_rows (tenant_id, import_id, consent, number) where consent in ('to_ask', 'asked', 'not_asked');

select fleet.isolate('fleet.imports'::regclass);
select fleet.isolate('fleet.import_parts'::regclass);
select fleet.isolate('fleet.import_rows'::regclass);
grant select, insert, update on fleet.imports to fleetchat_app;
grant select, insert, delete on fleet.import_parts to fleetchat_app;
grant select, insert, update (consent) on fleet.import_rows to fleetchat_app;

create policy system_select on fleet.imports for select to fleetchat_system using (true);
create policy system_delete on fleet.imports for delete to fleetchat_system using (state not in ('running', 'asking'));
grant select (tenant_id, id, state, opened_at), delete on fleet.imports to fleetchat_system;
create policy system_select on fleet.import_parts for select to fleetchat_system using (true);
create policy system_delete on fleet.import_parts for delete to fleetchat_system using (true);
grant select (tenant_id, import_id, number), delete on fleet.import_parts to fleetchat_system;
create policy system_select on fleet.import_rows for select to fleetchat_system using (true);
create policy system_delete on fleet.import_rows for delete to fleetchat_system using (true);
grant select (tenant_id, import_id, number), delete on fleet.import_rows to fleetchat_system;
