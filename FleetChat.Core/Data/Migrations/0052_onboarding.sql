-- Bringing a company in, step by step. The truth about it, whether an orchestration follows it or not.
create table fleet.onboardings (
    tenant_id  text        not null references fleet.tenants (tenant_id),
    id         uuid        not null,
    -- undoing: what was set up is being taken away; undone: nothing of it is left, and the company is closed.
    state      text        not null check (state in ('running', 'done', 'undoing', 'undone')),
    -- Why it is undone, as a code.
    reason     text,
    started_at timestamptz not null,
    started_by text        not null,
    ended_at   timestamptz,
    primary key (tenant_id, id),
    check ((state in ('undoing', 'undone')) = (reason is not null)),
    check ((state in ('done', 'undone')) = (ended_at is not null))
);
-- A company is brought in once.
create unique index onboardings_one on fleet.onboardings (tenant_id);

create table fleet.onboarding_steps (
    tenant_id     text        not null,
    onboarding_id uuid        not null,
    step          text        not null check (step in ('number', 'display_name', 'templates', 'samsara', 'activation')),
    state         text        not null check (state in ('open', 'waiting', 'retrying', 'done', 'failed', 'undone')),
    -- What it waits for or fails of, as a code and in a sentence of ours.
    code          text,
    message       text,
    done_parts    int,
    total_parts   int,
    -- In a row.
    failures      int         not null default 0,
    failing_since timestamptz,
    changed_at    timestamptz not null,
    -- When it is looked at again, at the latest.
    next_at       timestamptz,
    primary key (tenant_id, onboarding_id, step),
    foreign key (tenant_id, onboarding_id) references fleet.onboardings (tenant_id, id),
    check ((state in ('waiting', 'retrying', 'failed')) = (code is not null)),
    check ((state = 'retrying') = (failing_since is not null))
);

select fleet.isolate('fleet.onboardings');
select fleet.isolate('fleet.onboarding_steps');
grant select, insert, update on fleet.onboardings, fleet.onboarding_steps to fleetchat_app;
