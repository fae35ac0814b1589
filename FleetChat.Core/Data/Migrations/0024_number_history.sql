-- Numbers go from one company to the next. Who is the first may have all messages of a number, however late they come; who is
-- not may have those from now on only, or he would read what was written to the company before. So what every company that
-- held a number leaves behind is that it did.
create table directory.number_history (
    tenant_id       text        not null references directory.tenants (tenant_id),
    phone_number_id text        not null,
    valid_from      timestamptz not null,
    valid_to        timestamptz check (valid_to > valid_from),
    primary key (tenant_id, phone_number_id, valid_from)
);
-- Begins with the number, because the question is whether anybody held it.
create index number_history_number on directory.number_history (phone_number_id);

-- The owner sees no row of a forced table.
alter table directory.phone_numbers no force row level security;

do $$
declare
    expected bigint;
    copied   bigint;
begin
    select count(*) into expected from directory.phone_numbers;
    insert into directory.number_history (tenant_id, phone_number_id, valid_from)
    select tenant_id, phone_number_id, created_at
    from directory.phone_numbers;
    get diagnostics copied = row_count;
    if copied <> expected then
        raise exception 'copied % of % numbers', copied, expected;
    end if;
end
$$;

alter table directory.phone_numbers force row level security;

alter table directory.number_history enable row level security;
alter table directory.number_history force row level security;
create policy tenant on directory.number_history to fleetchat_app
    using (tenant_id = (select current_setting('app.tenant_id', true)))
    with check (tenant_id = (select current_setting('app.tenant_id', true)));
create policy system on directory.number_history for select to fleetchat_system using (true);

grant select, insert, update (valid_to) on directory.number_history to fleetchat_app;
grant select (phone_number_id) on directory.number_history to fleetchat_system;
