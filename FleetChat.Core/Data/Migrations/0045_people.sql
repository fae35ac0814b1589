-- Who works where. A person is an issuer and a subject, kept as an HMAC under the platform's key: it finds the tenants
-- that he belongs to, and says nothing by itself. What he may do stands in the tenant's own row.
create table directory.user_tenants (
    tenant_id  text        not null references directory.tenants (tenant_id),
    user_index bytea       not null check (length(user_index) = 32),
    created_at timestamptz not null,
    primary key (tenant_id, user_index)
);
create index user_tenants_user on directory.user_tenants (user_index, tenant_id);

alter table directory.user_tenants enable row level security;
alter table directory.user_tenants force row level security;
create policy tenant on directory.user_tenants to fleetchat_app
    using (tenant_id = (select current_setting('app.tenant_id', true)))
    with check (tenant_id = (select current_setting('app.tenant_id', true)));
create policy system on directory.user_tenants for select to fleetchat_system using (true);
grant select, insert, delete on directory.user_tenants to fleetchat_app;
grant select (tenant_id, user_index) on directory.user_tenants to fleetchat_system;

-- The row of a member who left stays: the audit trail names him by its id.
create table fleet.memberships (
    tenant_id  text        not null references fleet.tenants (tenant_id),
    id         uuid        not null,
    user_index bytea       not null check (length(user_index) = 32),
    role       text        not null check (role in ('tenant_admin', 'dispatcher', 'viewer', 'corporate_overseer')),
    -- Encrypted: where he was invited.
    email      bytea       not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    ended_at   timestamptz,
    primary key (tenant_id, id)
);
create unique index memberships_user on fleet.memberships (tenant_id, user_index) where ended_at is null;
create index memberships_list on fleet.memberships (tenant_id, created_at, id) where ended_at is null;

create table fleet.invitations (
    tenant_id     text        not null references fleet.tenants (tenant_id),
    id            uuid        not null,
    -- SHA-256 of 256 random bits.
    token_hash    bytea       not null check (length(token_hash) = 32),
    email         bytea       not null,
    role          text        not null check (role in ('tenant_admin', 'dispatcher', 'viewer', 'corporate_overseer')),
    -- Made by FleetChat's operator: it lets in a company's first admin, and nobody after him.
    is_first      boolean     not null,
    -- Of the request that made it: repeated, it makes no second one.
    effect_key    text,
    created_at    timestamptz not null,
    expires_at    timestamptz not null,
    accepted_at   timestamptz,
    membership_id uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, membership_id) references fleet.memberships (tenant_id, id),
    check ((accepted_at is null) = (membership_id is null))
);
create index invitations_open on fleet.invitations (tenant_id, expires_at) where accepted_at is null;
create unique index invitations_effect on fleet.invitations (tenant_id, effect_key) where effect_key is not null;

-- While one is in force, FleetChat's support may look at the tenant's data.
create table fleet.support_grants (
    tenant_id  text        not null references fleet.tenants (tenant_id),
    id         uuid        not null,
    granted_by text        not null,
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at >= created_at),
    revoked_at timestamptz,
    primary key (tenant_id, id)
);

select fleet.isolate('fleet.memberships');
select fleet.isolate('fleet.invitations');
select fleet.isolate('fleet.support_grants');
grant select, insert, update (role, changed_at, ended_at) on fleet.memberships to fleetchat_app;
grant select, insert, update (accepted_at, membership_id) on fleet.invitations to fleetchat_app;
grant select, insert, update (revoked_at) on fleet.support_grants to fleetchat_app;

-- A key that was made by a request is made once.
alter table fleet.api_keys add column effect_key text;
create unique index api_keys_effect on fleet.api_keys (tenant_id, effect_key) where effect_key is not null;
create index api_keys_list on fleet.api_keys (tenant_id, created_at, key_id);
