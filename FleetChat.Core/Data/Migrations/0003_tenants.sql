create table fleet.tenants (
    tenant_id        text        not null primary key
                                 check (tenant_id ~ '^[a-z0-9][a-z0-9_]{2,62}$'),
    company_name     text        not null check (length(company_name) between 1 and 200),
    service_tier     text        not null check (service_tier in ('starter', 'professional', 'enterprise')),
    status           text        not null
                                 check (status in ('onboarding', 'active', 'suspended', 'terminating', 'terminated')),
    data_region      text        not null,
    country          text        not null check (country ~ '^[A-Z]{2}$'),
    time_zone        text        not null,
    default_language text        not null check (default_language in ('en', 'es')),
    currency         text        not null check (currency ~ '^[A-Z]{3}$'),
    -- Random and never used again: destroying the tenant's key is deleting the secret of this name.
    key_secret_name  text        not null,
    created_at       timestamptz not null
);

-- One row a tenant; version counts its changes, so that a reader can tell that what it cached is old.
create table fleet.tenant_configurations (
    tenant_id                    text        not null primary key references fleet.tenants (tenant_id),
    version                      int         not null default 1,
    samsara_base_url             text        not null,
    samsara_org_id               text,
    samsara_webhook_id           text,
    samsara_group_id             text        not null default '',
    samsara_api_token            bytea,
    samsara_webhook_secret       bytea,
    whatsapp_phone_number        text,
    whatsapp_phone_number_id     text,
    whatsapp_business_account_id text,
    whatsapp_ownership           text        not null default 'pool' check (whatsapp_ownership in ('pool', 'company')),
    whatsapp_access_token        bytea,
    message_templates            text        not null default 'transport_standard_v2',
    message_footer               text        not null default '',
    updated_at                   timestamptz not null
);

-- Who held a number when. A message is the tenant's whose assignment was in force at the message's own time.
create table fleet.number_assignments (
    tenant_id       text        not null references fleet.tenants (tenant_id),
    phone_number_id text        not null,
    waba_id         text        not null,
    valid_from      timestamptz not null,
    valid_to        timestamptz check (valid_to > valid_from),
    primary key (tenant_id, phone_number_id, valid_from)
);

create table fleet.api_keys (
    tenant_id    text        not null references fleet.tenants (tenant_id),
    key_id       text        not null,
    name         text        not null check (length(name) between 1 and 100),
    -- SHA-256 of the key's random 256-bit secret: nothing to guess, so no slow hash is needed.
    secret_hash  bytea       not null check (length(secret_hash) = 32),
    scopes       text[]      not null check (cardinality(scopes) > 0),
    created_at   timestamptz not null,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    primary key (tenant_id, key_id)
);
