-- What WhatsApp refused for now, or reported as failed in a way that passes, waits as 'retrying' until its orchestration (MessageRetry)
-- takes it up; if that is lost, the sweep does, some minutes after due_at.
alter table fleet.outbound
    drop constraint outbound_status_check,
    add constraint outbound_status_check check (status in ('waiting', 'sending', 'doubt', 'retrying', 'done')),
    -- How often it failed for now: it has an orchestration from the first time on.
    add column retries    int     not null default 0,
    -- Whether it is sent once more where nobody knows if it came; else a dispatcher is told.
    add column can_resend boolean not null default false;
create index outbound_retrying on fleet.outbound (tenant_id, lane, due_at) where status = 'retrying';
drop index fleet.outbound_supersedes;
create index outbound_supersedes on fleet.outbound (tenant_id, supersedes) where supersedes is not null and status in ('waiting', 'retrying');
drop index fleet.outbound_site_visit;
create index outbound_site_visit on fleet.outbound (tenant_id, site_visit_id) where site_visit_id is not null and status in ('waiting', 'retrying');

alter table fleet.attempts
    drop constraint attempts_outcome_check,
    -- failed: accepted, reported as failed, and tried again.
    add constraint attempts_outcome_check check (outcome in ('accepted', 'refused', 'transient', 'unknown', 'failed'));

-- Why sending rests, and for how long.
create table fleet.sending_holds (
    tenant_id  text        not null references fleet.tenants (tenant_id),
    -- The first three stop all that the company sends.
    scope      text        not null check (scope in ('tenant', 'number', 'account', 'driver', 'template')),
    -- A conversation's id, or a template's name and language; empty for the rest.
    subject    text        not null,
    -- WhatsApp's error.
    code       int         not null,
    -- Business time.
    until      timestamptz not null,
    since      timestamptz not null,
    -- Then one message tries whether it works again, and only if it is taken the others go out.
    probes     boolean     not null,
    -- Blind index of the access token that was refused: with another one the hold is over.
    token_index bytea,
    primary key (tenant_id, scope, subject)
);
select fleet.isolate('fleet.sending_holds'::regclass);
grant select, insert, update, delete on fleet.sending_holds to fleetchat_app;
create policy system_select on fleet.sending_holds for select to fleetchat_system using (true);
grant select (tenant_id, scope, until) on fleet.sending_holds to fleetchat_system;

drop policy system on fleet.tenant_configurations;
revoke select (tenant_id, sending_held_until) on fleet.tenant_configurations from fleetchat_system;
alter table fleet.tenant_configurations drop column sending_held_until;

-- What a message costs: told once or twice, kept once.
alter table fleet.message_logs
    add column pricing_category text,
    add column billable         boolean;

-- doubt: nobody knew whether a message had come, and it was sent again or handed to a dispatcher.
alter table fleet.decisions
    drop constraint decisions_kind_check,
    add constraint decisions_kind_check check (kind in ('rule', 'held', 'known', 'watched', 'looked', 'superseded', 'unsent', 'doubt'));
