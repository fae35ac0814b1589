-- What Meta says of a company's templates: one row for each in each language, in each version of its footer.
create table fleet.message_templates (
    tenant_id        text        not null references fleet.tenants (tenant_id),
    -- The WABA; another one knows nothing of them.
    account_id       text        not null,
    -- As Meta knows it: it has one of a name and language.
    name             text        not null check (name ~ '^[a-z0-9_]+$' and length(name) <= 512),
    language         text        not null,
    template_set     text        not null,
    -- Its name in the set.
    template         text        not null,
    -- Counts the company's footers.
    version          int         not null check (version > 0),
    footer           text        not null check (length(footer) <= 60),
    -- Meta's word; NOT_SUBMITTED until it has one, DELETED where it has it no more.
    status           text        not null check (status ~ '^[A-Z_]{1,40}$'),
    category         text        not null check (category ~ '^[A-Z_]{1,40}$'),
    meta_id          text,
    rejection_reason text,
    quality          text,
    -- Somebody asks for another review.
    wants_review     boolean     not null default false,
    -- As of when the above is so: older news change nothing.
    told_at          timestamptz not null,
    created_at       timestamptz not null,
    submitted_at     timestamptz,
    approved_at      timestamptz,
    primary key (tenant_id, account_id, name, language)
);
select fleet.isolate('fleet.message_templates'::regclass);
grant select, insert, update on fleet.message_templates to fleetchat_app;
-- Which version is sent.
create index message_templates_sent on fleet.message_templates (tenant_id, account_id, template, language, version desc)
    where status = 'APPROVED' and category = 'UTILITY';

-- The template of a message; null for other kinds, and for what was queued before this.
alter table fleet.outbound
    add column template          text,
    add column template_language text,
    -- Since when it waits for Meta's approval.
    add column template_held_at  timestamptz;
create index outbound_template_held on fleet.outbound (tenant_id, conversation_id) where template_held_at is not null;
