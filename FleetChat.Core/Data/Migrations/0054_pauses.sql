-- When nothing is sent for a company although it is in service: asked for by itself, or by FleetChat's operators.
create table fleet.sending_pauses (
    tenant_id    text        not null references fleet.tenants (tenant_id),
    id           uuid        not null,
    -- By an operator: the company can't end it.
    is_platforms boolean     not null,
    reason       text        not null check (reason in ('break', 'maintenance', 'incident', 'other')),
    -- Business time. Null: until somebody ends it.
    begins_at    timestamptz not null,
    ends_at      timestamptz check (ends_at > begins_at),
    set_by       text        not null,
    set_at       timestamptz not null,
    ended_at     timestamptz,
    ended_by     text,
    primary key (tenant_id, id),
    check ((ended_at is null) = (ended_by is null))
);
create index sending_pauses_open on fleet.sending_pauses (tenant_id, begins_at) where ended_at is null;
create index sending_pauses_list on fleet.sending_pauses (tenant_id, set_at, id);

-- The same for everybody, or for whoever has a number. The system role's: a number outlives the companies that have it.
create table fleet.platform_pauses (
    id        uuid        not null primary key,
    scope     text        not null check (scope in ('platform', 'number')),
    -- One of Meta's phone_number_ids; empty: everybody's.
    subject   text        not null check ((scope = 'platform') = (subject = '')),
    reason    text        not null check (reason in ('break', 'maintenance', 'incident', 'other')),
    begins_at timestamptz not null,
    ends_at   timestamptz check (ends_at > begins_at),
    set_by    text        not null,
    set_at    timestamptz not null,
    ended_at  timestamptz,
    ended_by  text,
    check ((ended_at is null) = (ended_by is null))
);
create index platform_pauses_open on fleet.platform_pauses (begins_at) where ended_at is null;

select fleet.isolate('fleet.sending_pauses'::regclass);
grant select, insert, update (ended_at, ended_by) on fleet.sending_pauses to fleetchat_app;
create policy system on fleet.sending_pauses for select to fleetchat_system using (true);
grant select (tenant_id, begins_at, ends_at, ended_at) on fleet.sending_pauses to fleetchat_system;
grant select, insert, update (ended_at, ended_by) on fleet.platform_pauses to fleetchat_system;

-- Why a company is suspended, and what it was before.
alter table fleet.tenants
    add column suspended_for  text check (suspended_for in ('unpaid', 'asked')),
    add column suspended_from text check (suspended_from in ('onboarding', 'active'));
