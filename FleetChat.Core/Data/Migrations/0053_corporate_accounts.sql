-- A company may be the child of another one, its parent, whose people may look at it.
alter table directory.tenants
    add column parent_tenant_id text,
    add column is_child         boolean not null generated always as (parent_tenant_id is not null) stored,
    add column parent_is_child  boolean          generated always as (case when parent_tenant_id is not null then false end) stored;

-- One level and no circle, whoever writes at once with whom: who is referred to is no child, and cannot become one.
alter table directory.tenants
    add constraint tenants_kind unique (tenant_id, is_child);
alter table directory.tenants
    add constraint tenants_parent foreign key (parent_tenant_id, parent_is_child) references directory.tenants (tenant_id, is_child);
create index tenants_children on directory.tenants (parent_tenant_id, created_at) where parent_tenant_id is not null;

-- When it was last written into a child's audit trail that somebody of its parent's looked.
create table fleet.overseer_visits (
    tenant_id text        not null references fleet.tenants (tenant_id),
    -- The parent's user, as the audit trail names him.
    actor     text        not null,
    noted_at  timestamptz not null,
    primary key (tenant_id, actor)
);
select fleet.isolate('fleet.overseer_visits');
grant select, insert, update (noted_at) on fleet.overseer_visits to fleetchat_app;

-- Invitations are taken back, and forgotten some time after their end.
alter table fleet.invitations
    add column cancelled_at timestamptz,
    add constraint invitations_one_end check (accepted_at is null or cancelled_at is null);
drop index fleet.invitations_open;
create index invitations_open on fleet.invitations (tenant_id, created_at, id) where accepted_at is null and cancelled_at is null;
create index invitations_expiry on fleet.invitations (tenant_id, expires_at);
grant update (cancelled_at) on fleet.invitations to fleetchat_app;
create policy system_select on fleet.invitations for select to fleetchat_system using (true);
create policy system_delete on fleet.invitations for delete to fleetchat_system using (true);
grant select (tenant_id, expires_at), delete on fleet.invitations to fleetchat_system;

-- What an operator has allowed is taken back.
grant delete on fleet.limit_overrides to fleetchat_app;
