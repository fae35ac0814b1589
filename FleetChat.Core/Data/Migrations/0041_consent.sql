-- A change of mind is a record too: what the driver's state became, by which message of his, as an answer to which of ours.
alter table fleet.consent_records
    add column state text not null default 'granted' check (state in ('unknown', 'invited', 'asked', 'granted', 'declined', 'withdrawn', 'expired')),
    -- What he wrote or tapped.
    add column message_id uuid,
    -- Our message that he answered.
    add column question_id uuid,
    add column request_id uuid,
    -- Grows in the order of writing: a day has several records of one moment.
    add column ordinal bigint generated always as identity,
    add column evidence_hash bytea check (length(evidence_hash) = 32),
    -- Nobody says anything where time runs out or a phone changes hands, and a driver without a phone is invited all the same.
    alter column text drop not null,
    alter column text_hash drop not null,
    alter column text_version drop not null,
    alter column language drop not null,
    alter column evidence drop not null,
    alter column conversation_id drop not null,
    drop constraint consent_records_method_check,
    add constraint consent_records_method_check check (method in ('paper', 'web_form', 'app', 'sms', 'whatsapp', 'spoken',
        'invitation', 'question', 'code', 'word', 'tap', 'phone_changed', 'no_answer')),
    add constraint consent_records_worded check (state not in ('asked', 'granted', 'declined') or text is not null),
    add constraint consent_records_whole_text check ((text is null) = (text_hash is null) and (text is null) = (text_version is null) and (text is null) = (language is null)),
    add foreign key (tenant_id, message_id) references fleet.message_logs (tenant_id, id),
    add foreign key (tenant_id, question_id) references fleet.message_logs (tenant_id, id);
alter table fleet.consent_records alter column state drop default;

-- A question or an invitation that a driver has to answer. The truth about it, whether an orchestration follows it or not.
create table fleet.consent_requests (
    tenant_id       text        not null references fleet.tenants (tenant_id),
    id              uuid        not null,
    driver_id       uuid        not null,
    -- The chat that was asked, or that began with the code.
    conversation_id uuid,
    kind            text        not null check (kind in ('question', 'invitation')),
    status          text        not null default 'open' check (status in ('open', 'granted', 'declined', 'withdrawn', 'expired', 'replaced')),
    -- Of an invitation: good for one chat, once.
    code            bytea,
    code_index      bytea       check (length(code_index) = 32),
    reminders       smallint    not null default 0,
    -- When it is reminded of, or ends.
    next_at         timestamptz not null,
    expires_at      timestamptz not null,
    opened_at       timestamptz not null,
    opened_by       text        not null,
    closed_at       timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, driver_id) references fleet.drivers (tenant_id, id),
    foreign key (tenant_id, conversation_id) references fleet.conversations (tenant_id, id),
    check ((kind = 'invitation') = (code is not null)),
    check ((code is null) = (code_index is null)),
    check ((status = 'open') = (closed_at is null))
);
create unique index consent_requests_open on fleet.consent_requests (tenant_id, driver_id) where status = 'open';
create unique index consent_requests_code on fleet.consent_requests (tenant_id, code_index) where status = 'open';
create index consent_requests_codes on fleet.consent_requests (tenant_id, code_index, opened_at) where code_index is not null;
select fleet.isolate('fleet.consent_requests'::regclass);
grant select, insert, update on fleet.consent_requests to fleetchat_app;

alter table fleet.conversations
    -- The newest STOP's own time: an older START does not undo it, in whatever order they come.
    add column stop_said_at timestamptz;

alter table fleet.outbound
    -- What lets it pass where others may not: the confirmation of a STOP, a question for consent, an answer about it.
    add column purpose text check (purpose in ('stop', 'question', 'consent'));

alter table fleet.tenant_configurations
    -- Evidence that the company enters does not count until the driver has said yes himself.
    add column driver_consent_required boolean not null default false;
