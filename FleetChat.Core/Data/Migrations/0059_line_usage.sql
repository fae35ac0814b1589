-- Every line of an invoice leads to what it was made of.
alter table fleet.invoice_lines
    -- Of a volume discount: its bracket begins above so many drivers. None: a line from before this was kept.
    add column above         bigint check (above >= 0),
    -- No reference: a draft outlives an adjustment that is taken back.
    add column adjustment_id uuid,
    add check (above is null or kind = 'volume_discount'),
    add check (adjustment_id is null or kind = 'adjustment');

-- What a month was billed for, in the order of time, so that a page of millions is found and not sorted.
drop index fleet.usage_facts_billed;
create index usage_facts_billed on fleet.usage_facts (tenant_id, billed_in, kind, at, source_id) where is_folded;

alter table fleet.invoices no force row level security;
alter table fleet.invoice_lines no force row level security;
alter table fleet.invoice_adjustments no force row level security;
alter table fleet.service_terms no force row level security;
alter table fleet.usage_facts no force row level security;

-- They were written in the adjustments' order, and of a month that is closed none came or went since.
alter table fleet.invoice_lines disable trigger keep_final;
update fleet.invoice_lines l
set adjustment_id = a.id
from (
    select i.tenant_id, i.id as invoice_id, n.no, row_number() over (partition by i.tenant_id, i.id order by n.no) as place, i.period
    from fleet.invoices i
    join fleet.invoice_lines n on n.tenant_id = i.tenant_id and n.invoice_id = i.id and n.kind = 'adjustment') o
join (
    select tenant_id, id, period, row_number() over (partition by tenant_id, period order by created_at, id) as place
    from fleet.invoice_adjustments) a on a.tenant_id = o.tenant_id and a.period = o.period and a.place = o.place
where l.tenant_id = o.tenant_id
  and l.invoice_id = o.invoice_id
  and l.no = o.no;
alter table fleet.invoice_lines enable trigger keep_final;

-- Of the month in which invoices began: what was counted before them is billed in its own month.
update fleet.usage_facts f
set billed_in = f.period
from (
    select tenant_id, date_trunc('month', min(from_day)::timestamp)::date as month
    from fleet.service_terms
    group by tenant_id) s
where f.tenant_id = s.tenant_id
  and f.is_folded
  and f.billed_in is null
  and f.period >= s.month;

alter table fleet.invoices force row level security;
alter table fleet.invoice_lines force row level security;
alter table fleet.invoice_adjustments force row level security;
alter table fleet.service_terms force row level security;
alter table fleet.usage_facts force row level security;
