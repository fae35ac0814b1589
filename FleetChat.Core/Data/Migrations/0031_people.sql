-- Drivers also speak French.
alter table fleet.drivers
    drop constraint drivers_language_check,
    add constraint drivers_language_check check (language in ('en', 'es', 'fr'));
alter table fleet.tenants
    drop constraint tenants_default_language_check,
    add constraint tenants_default_language_check check (default_language in ('en', 'es', 'fr'));

alter table fleet.drivers
    -- Why the roster's phone is not to be trusted; null: it is.
    add column phone_flag text check (phone_flag in ('no_country', 'not_possible', 'ambiguous')),
    -- When the first template was made for the driver. Empty for drivers from before: one of their messages comes in two languages.
    add column first_message_at timestamptz,
    -- A driver may be known by a user id of WhatsApp's alone, without a phone.
    drop constraint drivers_check,
    add constraint drivers_number_has_chat check (whatsapp_number is null or conversation_id is not null),
    add constraint drivers_not_possible check (phone_flag is distinct from 'not_possible' or whatsapp_number is null);

-- Who agreed to what, when and how, for one driver on one phone. Only ever added to: a change of mind is a record of its own.
create table fleet.consent_records (
    tenant_id       text        not null references fleet.tenants (tenant_id),
    id              uuid        not null,
    driver_id       uuid        not null,
    -- The phone: consent does not move to another one.
    conversation_id uuid        not null,
    -- What the driver was told, word for word.
    text            bytea       not null,
    text_hash       bytea       not null check (length(text_hash) = 32),
    text_version    text        not null check (length(text_version) between 1 and 100),
    language        text        not null check (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
    method          text        not null check (method in ('paper', 'web_form', 'app', 'sms', 'whatsapp', 'spoken')),
    -- Where the proof lies: a form's number, a file, a message.
    evidence        bytea       not null,
    agreed_at       timestamptz not null,
    recorded_at     timestamptz not null,
    recorded_by     text        not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, driver_id) references fleet.drivers (tenant_id, id),
    foreign key (tenant_id, conversation_id) references fleet.conversations (tenant_id, id),
    check (agreed_at <= recorded_at)
);
create index consent_records_driver on fleet.consent_records (tenant_id, driver_id, recorded_at);
select fleet.isolate('fleet.consent_records'::regclass);
grant select, insert on fleet.consent_records to fleetchat_app;

-- How long something may wait for a dispatcher before it is alerted.
alter table fleet.tenant_configurations
    add column escalate_after_minutes int not null default 15 check (escalate_after_minutes between 1 and 1440);

alter table fleet.dispatcher_entries
    -- Who looks after it, encrypted: a person.
    add column taken_by bytea,
    add column taken_at timestamptz,
    add column escalations smallint not null default 0,
    add constraint dispatcher_entries_taken check ((taken_by is null) = (taken_at is null));

create index dispatcher_entries_waiting on fleet.dispatcher_entries (tenant_id, conversation_id) where handled_at is null;
