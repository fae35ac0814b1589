-- How a company pays: its customer at the processor, and what is charged.
create table fleet.payment_accounts (
    tenant_id   text        not null primary key references fleet.tenants (tenant_id),
    customer_id text,
    -- Null: nothing was entered, or it can't be charged any more.
    method_id   text,
    method_kind text        check (method_kind in ('card', 'us_bank_account', 'sepa_debit')),
    -- Encrypted: as people know it, such as the last four digits.
    method      bytea,
    method_at   timestamptz,
    -- Nothing is charged or asked for until then, and nobody is suspended.
    held_until  timestamptz,
    held_for    text        check (length(held_for) between 1 and 500),
    held_by     text,
    check ((method_id is null) = (method_kind is null) and (method_id is null) = (method is null) and (method_id is null) = (method_at is null)),
    check ((held_until is null) = (held_for is null) and (held_until is null) = (held_by is null))
);

-- How an invoice comes to be paid, from the day it is final until nothing is left of it.
create table fleet.collections (
    tenant_id    text        not null references fleet.tenants (tenant_id),
    invoice_id   uuid        not null,
    opened_at    timestamptz not null,
    reminders    int         not null check (reminders >= 0),
    reminded_at  timestamptz,
    suspended_at timestamptz,
    ended_at     timestamptz,
    primary key (tenant_id, invoice_id),
    foreign key (tenant_id, invoice_id) references fleet.invoices (tenant_id, id)
);
create index collections_open on fleet.collections (tenant_id) where ended_at is null;

-- Each time that the processor was asked to charge. Written before it is asked, and asked with what stands here: so nothing is charged twice, whoever dies.
create table fleet.payment_attempts (
    tenant_id    text        not null references fleet.tenants (tenant_id),
    invoice_id   uuid        not null,
    attempt      int         not null check (attempt > 0),
    amount       bigint      not null check (amount > 0),
    currency     text        not null check (currency ~ '^[A-Z]{3}$'),
    customer_id  text        not null,
    method_id    text        not null,
    method_kind  text        not null check (method_kind in ('card', 'us_bank_account', 'sepa_debit')),
    description  text        not null,
    begun_at     timestamptz not null,
    -- The processor's; null until it is known.
    payment_id   text,
    state        text        not null check (state in ('open', 'processing', 'succeeded', 'failed', 'needs_payer', 'cancelled')),
    -- Why it was refused, in the processor's word.
    decline_code text,
    changed_at   timestamptz not null,
    primary key (tenant_id, invoice_id, attempt),
    foreign key (tenant_id, invoice_id) references fleet.invoices (tenant_id, id)
);
create unique index payment_attempts_open on fleet.payment_attempts (tenant_id, invoice_id) where state in ('open', 'processing');

-- Money that people give back.
create table fleet.payment_refunds (
    tenant_id  text        not null references fleet.tenants (tenant_id),
    id         uuid        not null,
    invoice_id uuid        not null,
    payment_id text        not null,
    amount     bigint      not null check (amount > 0),
    currency   text        not null check (currency ~ '^[A-Z]{3}$'),
    reason     text        not null check (length(reason) between 1 and 500),
    state      text        not null check (state in ('begun', 'processing', 'succeeded', 'failed')),
    effect_key text,
    created_by text        not null,
    created_at timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, invoice_id) references fleet.invoices (tenant_id, id)
);
create index payment_refunds_invoice on fleet.payment_refunds (tenant_id, invoice_id);
create unique index payment_refunds_effect on fleet.payment_refunds (tenant_id, effect_key) where effect_key is not null;

-- Up to when the processor's own list of what happened was gone through, for webhooks that never came. The platform's: one account for all.
create table fleet.payment_reconciliation (
    only_one boolean     not null primary key check (only_one),
    through  timestamptz not null
);

select fleet.isolate('fleet.payment_accounts'::regclass);
select fleet.isolate('fleet.collections'::regclass);
select fleet.isolate('fleet.payment_attempts'::regclass);
select fleet.isolate('fleet.payment_refunds'::regclass);

grant select, insert, update on fleet.payment_accounts to fleetchat_app;
grant select, insert, update (reminders, reminded_at, suspended_at, ended_at) on fleet.collections to fleetchat_app;
grant select, insert, update (payment_id, state, decline_code, changed_at) on fleet.payment_attempts to fleetchat_app;
grant select, insert, update (state) on fleet.payment_refunds to fleetchat_app;
grant select, insert, update on fleet.payment_reconciliation to fleetchat_system;
