-- Where a company's books stand. A month that is closed gets nothing more: what comes late goes to the month after it.
create table fleet.billing_state (
    tenant_id      text        not null primary key references fleet.tenants (tenant_id),
    -- The last month that is closed: its first day.
    closed_through date        check (extract(day from closed_through) = 1),
    -- The month that is billed next, and when it ends in the company's time zone; null: there is none.
    next_period    date        check (extract(day from next_period) = 1),
    ends_at        timestamptz,
    -- The last month of which a draft was made.
    drafted        date        check (extract(day from drafted) = 1),
    check ((next_period is null) = (ends_at is null))
);
create index billing_state_due on fleet.billing_state (tenant_id, ends_at) where ends_at is not null;

-- From which day on, in the company's time zone, it is in service, and as what; a later row ends an earlier one.
create table fleet.service_terms (
    tenant_id    text    not null references fleet.tenants (tenant_id),
    from_day     date    not null,
    service_tier text    not null check (service_tier in ('starter', 'professional', 'enterprise')),
    in_service   boolean not null,
    primary key (tenant_id, from_day)
);

-- Prices by currency. The platform's: a version is never changed, the newest that has begun holds.
create table fleet.rate_cards (
    currency   text        not null check (currency ~ '^[A-Z]{3}$'),
    version    int         not null check (version > 0),
    valid_from date        not null check (extract(day from valid_from) = 1),
    content    json        not null,
    created_by text        not null,
    created_at timestamptz not null,
    primary key (currency, version)
);

-- What a company and FleetChat have agreed on beside the rate card. A version is never changed, the newest that has begun holds.
create table fleet.agreements (
    tenant_id   text        not null references fleet.tenants (tenant_id),
    version     int         not null check (version > 0),
    valid_from  date        not null check (extract(day from valid_from) = 1),
    -- The first day of the last month; null: until further notice.
    valid_until date        check (extract(day from valid_until) = 1 and valid_until >= valid_from),
    content     json        not null,
    created_by  text        not null,
    created_at  timestamptz not null,
    primary key (tenant_id, version)
);

-- How a company is taxed and pays.
create table fleet.billing_accounts (
    tenant_id         text          not null primary key references fleet.tenants (tenant_id),
    tax_percent       numeric       not null check (tax_percent between 0 and 100),
    is_reverse_charge boolean       not null,
    tax_note          text          check (length(tax_note) between 1 and 500),
    payment_days      int           not null check (payment_days between 0 and 180),
    version           int           not null,
    changed_by        text          not null,
    changed_at        timestamptz   not null
);

create table fleet.invoices (
    tenant_id          text        not null references fleet.tenants (tenant_id),
    id                 uuid        not null,
    kind               text        not null check (kind in ('invoice', 'credit_note')),
    period             date        not null check (extract(day from period) = 1),
    state              text        not null check (state in ('draft', 'final', 'void')),
    -- Of its series and data region, without gaps; null until it is final.
    number             text,
    currency           text        not null check (currency ~ '^[A-Z]{3}$'),
    active_drivers     bigint      not null check (active_drivers >= 0),
    message_volume     bigint      not null check (message_volume >= 0),
    base_cost          bigint      not null,
    volume_discount    bigint      not null,
    message_charge     bigint      not null,
    adjustment_amount  bigint      not null,
    tax_amount         bigint      not null,
    total_amount       bigint      not null check (total_amount >= 0),
    rate_card_version  int,
    agreement_version  int,
    purchase_order     text,
    -- In the company's time zone.
    issued_on          date,
    due_on             date,
    -- Of a credit note: the invoice that it is to.
    credited_invoice   uuid,
    reason             text        check (length(reason) between 1 and 500),
    -- Encrypted: who sells and who buys, as they were when it was made.
    parties            bytea       not null,
    -- Of the request that made it: repeated, it makes no second one.
    effect_key         text,
    created_at         timestamptz not null,
    final_at           timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, credited_invoice) references fleet.invoices (tenant_id, id),
    check (total_amount = base_cost - volume_discount + message_charge + adjustment_amount + tax_amount),
    check ((kind = 'credit_note') = (credited_invoice is not null)),
    check ((state = 'draft') = (final_at is null)),
    check ((number is null) = (final_at is null)),
    check ((issued_on is null) = (final_at is null)),
    check ((due_on is null) = (final_at is null))
);
-- A month is billed once.
create unique index invoices_period on fleet.invoices (tenant_id, period) where kind = 'invoice';
create unique index invoices_effect on fleet.invoices (tenant_id, effect_key) where effect_key is not null;
create index invoices_credits on fleet.invoices (tenant_id, credited_invoice) where credited_invoice is not null;
create index invoices_list on fleet.invoices (tenant_id, created_at, id);

create table fleet.invoice_lines (
    tenant_id  text    not null,
    invoice_id uuid    not null,
    no         int     not null check (no > 0),
    kind       text    not null check (kind in ('drivers', 'minimum', 'volume_discount', 'messages', 'adjustment', 'credit')),
    -- As it is printed.
    text       text    not null check (length(text) between 1 and 500),
    from_day   date    not null,
    until_day  date    not null check (until_day >= from_day),
    quantity   numeric not null,
    unit_price numeric not null,
    percent    numeric,
    amount     bigint  not null,
    primary key (tenant_id, invoice_id, no),
    foreign key (tenant_id, invoice_id) references fleet.invoices (tenant_id, id)
);

create table fleet.invoice_taxes (
    tenant_id         text    not null,
    invoice_id        uuid    not null,
    no                int     not null check (no > 0),
    percent           numeric not null,
    is_reverse_charge boolean not null,
    note              text,
    net_amount        bigint  not null,
    tax_amount        bigint  not null,
    primary key (tenant_id, invoice_id, no),
    foreign key (tenant_id, invoice_id) references fleet.invoices (tenant_id, id)
);

-- What people add to a month's invoice while it is a draft.
create table fleet.invoice_adjustments (
    tenant_id  text        not null references fleet.tenants (tenant_id),
    id         uuid        not null,
    period     date        not null check (extract(day from period) = 1),
    text       text        not null check (length(text) between 1 and 500),
    amount     bigint      not null check (amount <> 0),
    effect_key text,
    created_by text        not null,
    created_at timestamptz not null,
    primary key (tenant_id, id)
);
create index invoice_adjustments_period on fleet.invoice_adjustments (tenant_id, period);
create unique index invoice_adjustments_effect on fleet.invoice_adjustments (tenant_id, effect_key) where effect_key is not null;

-- What companies owe, entry by entry: an invoice adds, what pays or lowers it is negative. Nothing is ever changed.
create table fleet.receivables (
    tenant_id  text        not null,
    id         uuid        not null,
    invoice_id uuid        not null,
    kind       text        not null check (kind in ('invoice', 'credit_note', 'payment', 'refund', 'dispute', 'void')),
    -- What it is about, such as the credit note's id or the bank's reference: each is entered once.
    source     text        not null,
    amount     bigint      not null,
    at         timestamptz not null,
    entered_by text        not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, invoice_id) references fleet.invoices (tenant_id, id)
);
create unique index receivables_source on fleet.receivables (tenant_id, invoice_id, kind, source);

-- The last number of each series, for the law: no gaps, so no sequence. A series is of one data region.
create table fleet.number_series (
    series      text not null,
    data_region text not null,
    last        int  not null check (last >= 0),
    primary key (series, data_region)
);

-- In the transaction that makes the invoice final, and as late in it as can be: all who take a number of the series wait for its end.
create function fleet.take_number(of_series text, of_region text) returns int
    language sql
    security definer
    set search_path = ''
as $$
    insert into fleet.number_series as s (series, data_region, last)
    values (of_series, of_region, 1)
    on conflict (series, data_region) do update
    set last = s.last + 1
    returning last
$$;
revoke execute on function fleet.take_number(text, text) from public;
grant execute on function fleet.take_number(text, text) to fleetchat_app;

alter table fleet.usage_facts
    -- The month that it is billed in, known once it is counted: its own, or the first that was open then.
    add column billed_in date check (extract(day from billed_in) = 1);
create index usage_facts_billed on fleet.usage_facts (tenant_id, billed_in, kind) where is_folded;

select fleet.isolate('fleet.billing_state'::regclass);
select fleet.isolate('fleet.service_terms'::regclass);
select fleet.isolate('fleet.agreements'::regclass);
select fleet.isolate('fleet.billing_accounts'::regclass);
select fleet.isolate('fleet.invoices'::regclass);
select fleet.isolate('fleet.invoice_lines'::regclass);
select fleet.isolate('fleet.invoice_taxes'::regclass);
select fleet.isolate('fleet.invoice_adjustments'::regclass);
select fleet.isolate('fleet.receivables'::regclass);

grant select, insert, update (closed_through, next_period, ends_at, drafted) on fleet.billing_state to fleetchat_app;
grant select, insert, update (service_tier, in_service) on fleet.service_terms to fleetchat_app;
grant select, insert on fleet.agreements to fleetchat_app;
grant select, insert, update on fleet.billing_accounts to fleetchat_app;
-- Of a draft all is made anew; of what is final only the state.
grant select, insert, update on fleet.invoices to fleetchat_app;
grant select, insert, delete on fleet.invoice_lines, fleet.invoice_taxes, fleet.invoice_adjustments to fleetchat_app;
grant select, insert on fleet.receivables to fleetchat_app;
grant update (billed_in) on fleet.usage_facts to fleetchat_app;
grant select, insert on fleet.rate_cards to fleetchat_system;
grant select on fleet.number_series to fleetchat_system;
create policy system on fleet.billing_state for select to fleetchat_system using (true);
grant select (tenant_id, closed_through, next_period, ends_at, drafted) on fleet.billing_state to fleetchat_system;

-- Books are kept by the database too: what is final says what it said.
create function fleet.keep_final_invoices() returns trigger
    language plpgsql
as $$
begin
    if old.state = 'draft' then
        return case tg_op when 'DELETE' then old else new end;
    end if;
    -- Void is all that it may become, and why is said then.
    if tg_op = 'UPDATE' and old.kind = 'invoice' and old.state = 'final' and new.state = 'void'
       and (to_jsonb(new) - 'state' - 'reason') = (to_jsonb(old) - 'state' - 'reason') then
        return new;
    end if;
    raise exception 'invoice % is final', old.id using errcode = 'restrict_violation';
end
$$;
revoke execute on function fleet.keep_final_invoices() from public;
create trigger keep_final before update or delete on fleet.invoices for each row execute function fleet.keep_final_invoices();

create function fleet.keep_final_lines() returns trigger
    language plpgsql
as $$
begin
    if exists (select from fleet.invoices i where i.tenant_id = coalesce(new.tenant_id, old.tenant_id) and i.id = coalesce(new.invoice_id, old.invoice_id) and i.state <> 'draft') then
        raise exception 'invoice % is final', coalesce(new.invoice_id, old.invoice_id) using errcode = 'restrict_violation';
    end if;
    return coalesce(new, old);
end
$$;
revoke execute on function fleet.keep_final_lines() from public;
create trigger keep_final before insert or update or delete on fleet.invoice_lines for each row execute function fleet.keep_final_lines();
create trigger keep_final before insert or update or delete on fleet.invoice_taxes for each row execute function fleet.keep_final_lines();

-- Companies that are in service: since this month at the earliest. What was before is not billed from here.
alter table fleet.tenants no force row level security;
alter table fleet.service_terms no force row level security;
alter table fleet.billing_state no force row level security;
do $$
declare
    expected bigint;
    changed  bigint;
begin
    select count(*) into expected from fleet.tenants where status = 'active' or status = 'suspended' and coalesce(suspended_from, 'active') = 'active';
    insert into fleet.service_terms (tenant_id, from_day, service_tier, in_service)
    select tenant_id, greatest((created_at at time zone time_zone)::date, date_trunc('month', now() at time zone time_zone)::date), service_tier, true
    from fleet.tenants
    where status = 'active' or status = 'suspended' and coalesce(suspended_from, 'active') = 'active';
    get diagnostics changed = row_count;
    if changed <> expected then
        raise exception 'service began for % of % companies', changed, expected;
    end if;
    insert into fleet.billing_state (tenant_id, next_period, ends_at)
    select t.tenant_id, date_trunc('month', s.from_day::timestamp)::date, (date_trunc('month', s.from_day::timestamp) + interval '1 month') at time zone t.time_zone
    from fleet.tenants t
    left join fleet.service_terms s on s.tenant_id = t.tenant_id;
end
$$;
alter table fleet.tenants force row level security;
alter table fleet.service_terms force row level security;
alter table fleet.billing_state force row level security;
