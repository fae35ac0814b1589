-- Companies are registered over HTTP, and their configuration is changed there, version by version.

alter table fleet.tenants
    add column legal_name             text  not null default '' check (length(legal_name) <= 200),
    add column estimated_driver_count int   check (estimated_driver_count > 0),
    -- When dispatch is at work: days, from, until; in the company's time zone.
    add column working_hours          jsonb,
    -- Encrypted: a person's name, e-mail and phone, as JSON.
    add column primary_contact        bytea,
    add column address                bytea,
    add column tax_id                 bytea;

alter table fleet.tenant_configurations
    add column gdpr_enabled          boolean     not null default false,
    -- Null: 365.
    add column data_retention_days   int         check (data_retention_days between 30 and 3650),
    -- On what the company bases the processing of drivers' data; apart from drivers' opt-in to WhatsApp.
    add column legal_basis           text        check (legal_basis in ('contract', 'legal_obligation', 'legitimate_interests', 'consent')),
    add column agreement_version     text        check (length(agreement_version) between 1 and 100),
    add column agreement_accepted_at timestamptz,
    add column agreement_accepted_by text,
    add column company_logo_url      text        not null default '',
    add column color_scheme          text        not null default '',
    add column custom_domain         text        not null default '',
    -- Of each secret that people gave: when, by whom, and how it ends.
    add column secret_notes          jsonb       not null default '{}',
    add constraint tenant_configurations_agreement check (
        (agreement_version is null) = (agreement_accepted_at is null) and (agreement_version is null) = (agreement_accepted_by is null));

-- Who changed what of the settings. Secrets and people's details only as set.
create table fleet.tenant_versions (
    tenant_id text        not null references fleet.tenants (tenant_id),
    version   int         not null,
    at        timestamptz not null,
    actor     text        not null,
    -- By path what it was and what it became.
    changes   jsonb       not null,
    primary key (tenant_id, version)
);
select fleet.isolate('fleet.tenant_versions');
grant select, insert on fleet.tenant_versions to fleetchat_app;

-- How far a company's log is emptied.
create table fleet.retention_marks (
    tenant_id    text        not null primary key references fleet.tenants (tenant_id),
    erased_until timestamptz not null
);
select fleet.isolate('fleet.retention_marks');
grant select, insert, update on fleet.retention_marks to fleetchat_app;

-- When the phone of a chat was forgotten. The blind index stays, so that a STOP still holds; the phone comes back with whoever writes from it.
alter table fleet.conversations add column forgotten_at timestamptz;

-- Ids come from the companies' names and a number that only grows.
create table directory.tenant_names (
    stem        text not null primary key check (stem ~ '^[a-z0-9][a-z0-9_]{0,52}$'),
    last_number int  not null check (last_number > 0)
);

-- One registration has one id and one key, however often it is repeated.
create table directory.registrations (
    registration_key text        not null primary key check (length(registration_key) between 1 and 400),
    request_hash     bytea       not null check (length(request_hash) = 32),
    -- The company's id; its own rows come after it.
    given_id         text        not null unique,
    key_secret_name  text        not null,
    registered_at    timestamptz not null
);
grant select, insert on directory.registrations to fleetchat_system;
grant select, insert, update (last_number) on directory.tenant_names to fleetchat_system;

-- Which part of a Samsara organization is whose. Nobody reads it: what overlaps is refused.
create table directory.samsara_scopes (
    held_by  text not null primary key,
    org_id   text not null,
    group_id text not null
);
create index samsara_scopes_org on directory.samsara_scopes (org_id);

-- In the company's own transaction; those who want a part of the same organization come one after the other, until they commit.
create function fleet.claim_samsara_scope(claimant text, org text, part text) returns boolean
    language plpgsql
    security definer
    set search_path = ''
as $$
begin
    -- Whoever claims, claims for the tenant of his transaction.
    if claimant is distinct from current_setting('app.tenant_id', true) then
        raise exception 'a claim for another tenant';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('samsara_scope:' || org, 0));
    if exists (
        select
        from directory.samsara_scopes s
        where s.org_id = org
          and s.held_by <> claimant
          and (s.group_id = part or s.group_id = '' or part = '')) then
        return false;
    end if;
    insert into directory.samsara_scopes (held_by, org_id, group_id)
    values (claimant, org, part)
    on conflict (held_by) do update
    set org_id = excluded.org_id, group_id = excluded.group_id;
    return true;
end
$$;

create function fleet.leave_samsara_scope(claimant text) returns void
    language plpgsql
    security definer
    set search_path = ''
as $$
begin
    if claimant is distinct from current_setting('app.tenant_id', true) then
        raise exception 'a claim of another tenant';
    end if;
    delete from directory.samsara_scopes s where s.held_by = claimant;
end
$$;

revoke execute on function fleet.claim_samsara_scope(text, text, text) from public;
revoke execute on function fleet.leave_samsara_scope(text) from public;
grant execute on function fleet.claim_samsara_scope(text, text, text) to fleetchat_app;
grant execute on function fleet.leave_samsara_scope(text) to fleetchat_app;
