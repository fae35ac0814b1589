-- Who pays for a company's months, from which moment on: kept, so that a month that is billed late is billed as it would have been in time.
create table fleet.payer_terms (
    tenant_id text        not null references fleet.tenants (tenant_id),
    from_at   timestamptz not null,
    -- Null: the company itself.
    parent    text        check (parent ~ '^[a-z0-9][a-z0-9_]{2,62}$'),
    primary key (tenant_id, from_at)
);

-- Since when somebody has been a child was not written down before. Months that are closed stay as they are, so it matters for open ones alone.
alter table directory.tenants no force row level security;
alter table fleet.tenants no force row level security;
insert into fleet.payer_terms (tenant_id, from_at, parent)
select tenant_id, created_at, parent_tenant_id
from directory.tenants
where parent_tenant_id is not null;
alter table directory.tenants force row level security;
alter table fleet.tenants force row level security;

select fleet.isolate('fleet.payer_terms'::regclass);
grant select, insert, update (parent) on fleet.payer_terms to fleetchat_app;
create policy system on fleet.payer_terms for select to fleetchat_system using (true);
grant select (tenant_id, from_at, parent) on fleet.payer_terms to fleetchat_system;

-- A statement says what an invoice would, and nothing is owed for it: its parent's invoice has the same lines.
alter table fleet.invoices
    add column paid_by text check (paid_by ~ '^[a-z0-9][a-z0-9_]{2,62}$'),
    drop constraint invoices_kind_check,
    -- Number and due date, as they were before there were statements.
    drop constraint invoices_check3,
    drop constraint invoices_check5,
    add constraint invoices_kind_check check (kind in ('invoice', 'credit_note', 'statement')),
    add constraint invoices_numbered check ((number is null) = (final_at is null or kind = 'statement')),
    add constraint invoices_due check ((due_on is null) = (final_at is null or kind = 'statement')),
    add constraint invoices_paid_by check ((kind = 'statement') = (paid_by is not null));
-- A month is billed once, by whomever it is paid.
drop index fleet.invoices_period;
create unique index invoices_period on fleet.invoices (tenant_id, period) where kind in ('invoice', 'statement');
create index invoices_statements on fleet.invoices (tenant_id, period) where kind = 'statement';
create policy system on fleet.invoices for select to fleetchat_system using (true);
grant select (tenant_id, id, kind, period, state, paid_by) on fleet.invoices to fleetchat_system;

-- Of a consolidated invoice: whose use a line is.
alter table fleet.invoice_lines
    add column company      text check (company ~ '^[a-z0-9][a-z0-9_]{2,62}$'),
    add column company_name text,
    add constraint invoice_lines_company check ((company is null) = (company_name is null));

-- Which statements are in a parent's invoice: all of its children's for the month, each once.
create table fleet.invoice_statements (
    tenant_id    text not null,
    invoice_id   uuid not null,
    child        text not null check (child ~ '^[a-z0-9][a-z0-9_]{2,62}$'),
    statement_id uuid not null,
    primary key (tenant_id, statement_id),
    foreign key (tenant_id, invoice_id) references fleet.invoices (tenant_id, id)
);
select fleet.isolate('fleet.invoice_statements'::regclass);
grant select, insert on fleet.invoice_statements to fleetchat_app;
create index invoice_statements_invoice on fleet.invoice_statements (tenant_id, invoice_id);
create trigger keep_final before insert or update or delete on fleet.invoice_statements for each row execute function fleet.keep_final_lines();
