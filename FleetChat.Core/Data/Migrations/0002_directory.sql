-- Which tenant a thing from outside belongs to. The key of a pointer table is the pointer itself,
-- because it is what finds the tenant, and because two tenants can never hold the same one.
create table directory.tenants (
    tenant_id   text        not null primary key
                            check (tenant_id ~ '^[a-z0-9][a-z0-9_]{2,62}$'),
    status      text        not null
                            check (status in ('onboarding', 'active', 'suspended', 'terminating', 'terminated')),
    data_region text        not null,
    created_at  timestamptz not null
);

create table directory.phone_numbers (
    phone_number_id text        not null primary key,
    tenant_id       text        not null references directory.tenants (tenant_id),
    created_at      timestamptz not null
);
create index phone_numbers_tenant on directory.phone_numbers (tenant_id);

create table directory.whatsapp_accounts (
    waba_id    text        not null primary key,
    tenant_id  text        not null references directory.tenants (tenant_id),
    created_at timestamptz not null
);
create index whatsapp_accounts_tenant on directory.whatsapp_accounts (tenant_id);

create table directory.api_keys (
    key_id     text        not null primary key check (key_id ~ '^[a-z0-9]{12,32}$'),
    tenant_id  text        not null references directory.tenants (tenant_id),
    created_at timestamptz not null
);
create index api_keys_tenant on directory.api_keys (tenant_id);

alter table directory.tenants enable row level security;
alter table directory.tenants force row level security;
create policy tenant on directory.tenants to fleetchat_app
    using (tenant_id = (select current_setting('app.tenant_id', true)))
    with check (tenant_id = (select current_setting('app.tenant_id', true)));
create policy system on directory.tenants for select to fleetchat_system using (true);

alter table directory.phone_numbers enable row level security;
alter table directory.phone_numbers force row level security;
create policy tenant on directory.phone_numbers to fleetchat_app
    using (tenant_id = (select current_setting('app.tenant_id', true)))
    with check (tenant_id = (select current_setting('app.tenant_id', true)));
create policy system on directory.phone_numbers for select to fleetchat_system using (true);

alter table directory.whatsapp_accounts enable row level security;
alter table directory.whatsapp_accounts force row level security;
create policy tenant on directory.whatsapp_accounts to fleetchat_app
    using (tenant_id = (select current_setting('app.tenant_id', true)))
    with check (tenant_id = (select current_setting('app.tenant_id', true)));
create policy system on directory.whatsapp_accounts for select to fleetchat_system using (true);

alter table directory.api_keys enable row level security;
alter table directory.api_keys force row level security;
create policy tenant on directory.api_keys to fleetchat_app
    using (tenant_id = (select current_setting('app.tenant_id', true)))
    with check (tenant_id = (select current_setting('app.tenant_id', true)));
create policy system on directory.api_keys for select to fleetchat_system using (true);

grant select, insert, update on directory.tenants to fleetchat_app;
grant select, insert, delete on directory.phone_numbers to fleetchat_app;
grant select, insert, delete on directory.whatsapp_accounts to fleetchat_app;
grant select, insert on directory.api_keys to fleetchat_app;
grant select on directory.tenants, directory.phone_numbers, directory.whatsapp_accounts, directory.api_keys
    to fleetchat_system;
