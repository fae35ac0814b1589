-- A number is of one invoice, whoever counts: it has its series and data region in it. The counter alone promised it so far.
create unique index invoices_number on fleet.invoices (number) where number is not null;

-- From a parent to those it ever paid for: asked for each month that is closed.
create index payer_terms_parent on fleet.payer_terms (parent, tenant_id) where parent is not null;

-- From a parent to statements that are on no bill yet, beside those of all others.
create index invoices_paid_by on fleet.invoices (paid_by, period) where kind = 'statement';

-- Whom a company pays for goes out of service with it.
alter table fleet.tenants
    drop constraint tenants_suspended_for_check,
    add constraint tenants_suspended_for_check check (suspended_for in ('unpaid', 'asked', 'parent_unpaid'));
