-- Each tenant's entries are a chain: an entry's code is made with a key that is not in this database, over the entry, its number and the
-- code before it. Entries from before have neither; the first of the chain says how many they are and what they hold.
alter table fleet.audit_entries
    add column seq         bigint,
    -- Before and after, as JSON; text, because the code is made over its bytes.
    add column change      text,
    -- Where the request came from, and which it was; null: FleetChat itself.
    add column address     text,
    add column correlation text,
    add column mac         bytea check (length(mac) = 32);
create unique index audit_entries_seq on fleet.audit_entries (tenant_id, seq);

-- The end of each chain. Whoever adds to it holds the row until he commits: the last thing that his transaction does.
create table fleet.audit_heads (
    tenant_id text   not null primary key references fleet.tenants (tenant_id),
    seq       bigint not null,
    mac       bytea  not null check (length(mac) = 32)
);

-- What concerns no tenant: FleetChat's own people and its numbers. The system role adds to it and changes nothing.
create table fleet.platform_audit_entries (
    seq         bigint      not null primary key,
    id          uuid        not null unique,
    at          timestamptz not null,
    actor       text        not null,
    action      text        not null,
    subject     text        not null,
    detail      text        not null,
    change      text,
    address     text,
    correlation text,
    mac         bytea       not null check (length(mac) = 32)
);
create table fleet.platform_audit_head (
    is_only boolean not null primary key default true check (is_only),
    seq     bigint  not null,
    mac     bytea   not null check (length(mac) = 32)
);
insert into fleet.platform_audit_head (seq, mac) values (0, decode(repeat('00', 32), 'hex'));

select fleet.isolate('fleet.audit_heads'::regclass);
grant select, insert, update (seq, mac) on fleet.audit_heads to fleetchat_app;
create policy system on fleet.audit_heads for select to fleetchat_system using (true);
grant select on fleet.audit_heads to fleetchat_system;
grant select, insert on fleet.platform_audit_entries to fleetchat_system;
grant select, update (seq, mac) on fleet.platform_audit_head to fleetchat_system;
