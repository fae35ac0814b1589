using Npgsql;

namespace FleetChat.Tests.Data;

/// <summary>
/// What Postgres' own catalog says about the isolation of tenants, whatever the migrations meant to say.
/// </summary>
internal static class Catalog
{
    /// <summary>Tables whose rows are no tenant's; the app's role may not touch them.</summary>
    private static readonly Dictionary<string, string> WithoutTenant = new()
    {
        ["fleet.unrouted"] = "WhatsApp updates that belong to no tenant",
        ["fleet.platform_alerts"] = "alerts to the operator",
        ["fleet.platform_audit_entries"] = "what was done for no tenant",
        ["fleet.platform_audit_head"] = "the end of that chain",
        ["fleet.platform_pauses"] = "when nothing is sent for anybody, or from a number",
        ["fleet.rate_cards"] = "the platform's prices",
        ["fleet.meta_rates"] = "what Meta takes for a message",
        ["fleet.payment_reconciliation"] = "up to when the payment processor's list was gone through",
        ["fleet.platform_restores"] = "when the whole database was put back, and to when",
        ["fleet.number_gaps"] = "numbers of invoices that are not given; written by a function alone",
        ["fleet.number_series"] = "the last number of each series of invoices; counted up by a function alone",
        ["directory.portfolios"] = "one of Meta's, whose limit several tenants share",
        ["directory.pool_numbers"] = "the platform's numbers, some of which a tenant has",
        ["directory.registrations"] = "ids that were given, before there is a tenant",
        ["directory.tenant_names"] = "the last number of each name",
        ["directory.samsara_scopes"] = "who has which part of a Samsara organization; read by a function alone",
    };

    /// <summary>Keys that do not begin with the tenant, because they are what finds the tenant.</summary>
    private static readonly Dictionary<string, string> PointerKeys = new()
    {
        ["directory.phone_numbers_pkey"] = "from phone_number_id to the tenant; two tenants never hold one number",
        ["directory.whatsapp_accounts_pkey"] = "from a WABA to the tenant",
        ["directory.portfolio_reach_portfolio"] = "what all tenants of a portfolio have used of its limit, as numbers",
        ["directory.number_history_number"] = "whether any tenant held a number before",
        ["directory.user_tenants_user"] = "from a person to the tenants that he is a member of",
        ["directory.api_keys_pkey"] = "from an API key's id to the tenant",
        ["directory.tenants_children"] = "from a parent to its children",
        ["fleet.payer_terms_parent"] = "from a parent to those it ever paid for",
        ["fleet.invoices_paid_by"] = "from a parent to the statements of those it pays for",
        ["fleet.invoices_number"] = "no two companies' invoices have one number; it is counted up by a function alone",
    };

    /// <summary>Tenant tables that do not refer to their schema's tenants, or to a table that does.</summary>
    private static readonly Dictionary<string, string> WithoutReference = new()
    {
        ["fleet.tenants"] = "it is what the others refer to",
        ["directory.tenants"] = "it is what the others refer to",
        ["fleet.inbox_keys"] = "written for each event together with its inbox row, which refers; narrow for speed",
    };

    /// <summary>Foreign keys that lead to another tenant's row, by what the catalog says of them.</summary>
    private static readonly Dictionary<string, string> ToOtherTenants = new()
    {
        ["directory.tenants: foreign key tenants_parent does not begin with tenant_id"] = "from a child to its parent, by an operator's word; who writes it learns whether that company is there and no child",
    };

    /// <summary>All that the system role may do: who has work where and since when, and whose a pointer is. Never contents.</summary>
    private static readonly HashSet<string> SystemGrants =
    [
        "directory.tenants select",
        "directory.phone_numbers select",
        "directory.whatsapp_accounts select",
        "directory.api_keys select",
        "directory.user_tenants.tenant_id select",
        "directory.user_tenants.user_index select",
        "directory.number_history.phone_number_id select",
        "directory.portfolios select",
        "directory.portfolios.daily_limit update",
        "directory.portfolios.limit_at update",
        "directory.portfolio_reach select",
        "directory.pool_numbers select",
        "directory.pool_numbers insert",
        "directory.registrations select",
        "directory.registrations insert",
        "directory.tenant_names select",
        "directory.tenant_names insert",
        "directory.tenant_names.last_number update",
        .. "token_secret phone_number_id state held_by changed_at cooling_until".Split(' ').Select(column => $"directory.pool_numbers.{column} update"),
        "fleet.invitations.tenant_id select",
        "fleet.invitations.expires_at select",
        "fleet.invitations delete",
        "fleet.audit_heads select",
        "fleet.platform_audit_entries select",
        "fleet.platform_audit_entries insert",
        "fleet.platform_audit_head select",
        "fleet.platform_audit_head.seq update",
        "fleet.platform_audit_head.mac update",
        "fleet.calls.tenant_id select",
        "fleet.calls.id select",
        "fleet.calls.lane select",
        "fleet.calls.kind select",
        "fleet.calls.status select",
        "fleet.calls.due_at select",
        "fleet.calls.lease_until select",
        "fleet.calls.created_at select",
        "fleet.calls delete",
        "fleet.orchestration_commands.tenant_id select",
        "fleet.orchestration_commands.lane select",
        "fleet.orchestration_commands.status select",
        "fleet.orchestration_commands.due_at select",
        "fleet.orchestration_commands.lease_until select",
        "fleet.orchestration_commands.finished_at select",
        "fleet.orchestration_commands delete",
        "fleet.decisions.tenant_id select",
        "fleet.decisions.at select",
        "fleet.decisions delete",
        "fleet.holds.tenant_id select",
        "fleet.holds.released_at select",
        "fleet.holds delete",
        .. "tenant_id id state opened_at".Split(' ').Select(column => $"fleet.imports.{column} select"),
        "fleet.imports delete",
        .. new[] { "import_parts", "import_rows" }.SelectMany(table => "tenant_id import_id number".Split(' ').Select(column => $"fleet.{table}.{column} select")),
        "fleet.import_parts delete",
        "fleet.import_rows delete",
        "fleet.site_visits.tenant_id select",
        "fleet.site_visits.heard_at select",
        "fleet.site_visits delete",
        "fleet.echoes.tenant_id select",
        "fleet.echoes.written_at select",
        "fleet.echoes delete",
        "fleet.reminders.tenant_id select",
        "fleet.reminders.lane select",
        "fleet.reminders.due_at select",
        "fleet.inbox.tenant_id select",
        "fleet.inbox.received_on select",
        "fleet.inbox.lane select",
        "fleet.inbox.status select",
        "fleet.inbox.due_at select",
        "fleet.inbox_keys.tenant_id select",
        "fleet.inbox_keys.received_at select",
        "fleet.inbox_keys delete",
        "fleet.lanes.tenant_id select",
        "fleet.lanes.stage select",
        "fleet.lanes.lane select",
        "fleet.lanes.nudged select",
        "fleet.lanes.nudged_at select",
        "fleet.lanes.lease_until select",
        "fleet.lanes.tenant_id insert",
        "fleet.lanes.stage insert",
        "fleet.lanes.lane insert",
        "fleet.lanes.nudged insert",
        "fleet.lanes.nudged_at insert",
        "fleet.lanes.nudged update",
        "fleet.lanes.nudged_at update",
        "fleet.attempts.tenant_id select",
        "fleet.attempts.outbound_id select",
        "fleet.attempts delete",
        "fleet.idempotency_keys.tenant_id select",
        "fleet.idempotency_keys.created_at select",
        "fleet.idempotency_keys delete",
        "fleet.set_aside.tenant_id select",
        "fleet.set_aside.received_at select",
        "fleet.set_aside delete",
        "fleet.outbound.id select",
        "fleet.outbound.created_at select",
        "fleet.outbound delete",
        "fleet.outbound.tenant_id select",
        "fleet.outbound.lane select",
        "fleet.outbound.status select",
        "fleet.outbound.due_at select",
        "fleet.outbound.lease_until select",
        "fleet.webhook_deliveries.tenant_id select",
        "fleet.webhook_deliveries.endpoint_id select",
        "fleet.webhook_deliveries.id select",
        "fleet.webhook_deliveries.status select",
        "fleet.webhook_deliveries.due_at select",
        "fleet.webhook_deliveries.lease_until select",
        "fleet.webhook_deliveries.finished_at select",
        "fleet.webhook_deliveries delete",
        "fleet.webhook_endpoints.tenant_id select",
        "fleet.webhook_endpoints.id select",
        "fleet.webhook_endpoints.lane select",
        "fleet.webhook_endpoints.paused_until select",
        .. "tenant_id begins_at ends_at ended_at".Split(' ').Select(column => $"fleet.sending_pauses.{column} select"),
        "fleet.platform_pauses select",
        "fleet.platform_pauses insert",
        "fleet.platform_pauses.ended_at update",
        "fleet.platform_pauses.ended_by update",
        "fleet.rate_cards select",
        "fleet.rate_cards insert",
        "fleet.meta_rates select",
        "fleet.meta_rates insert",
        "fleet.payment_reconciliation select",
        "fleet.payment_reconciliation insert",
        "fleet.payment_reconciliation update",
        "fleet.number_gaps select",
        "fleet.leave_numbers(uuid) execute",
        "fleet.platform_restores select",
        "fleet.platform_restores insert",
        "fleet.platform_restores.ended_at update",
        "fleet.platform_restores.ended_by update",
        "fleet.platform_restores.looked_through_at update",
        .. "tenant_id from_at parent".Split(' ').Select(column => $"fleet.payer_terms.{column} select"),
        .. "tenant_id id kind period state paid_by".Split(' ').Select(column => $"fleet.invoices.{column} select"),
        .. "tenant_id closed_through next_period ends_at drafted".Split(' ').Select(column => $"fleet.billing_state.{column} select"),
        "fleet.sending_holds.tenant_id select",
        "fleet.sending_holds.scope select",
        "fleet.sending_holds.until select",
        "fleet.platform_alerts select",
        "fleet.platform_alerts insert",
        "fleet.platform_alerts update",
        "fleet.unrouted.digest select",
        "fleet.unrouted.received_at select",
        "fleet.unrouted insert",
        "fleet.unrouted delete",
        "fleet.prepare_inbox(date,date) execute",
        "fleet.drop_inbox_day(date) execute",
    ];

    private static readonly HashSet<string> SystemPolicies =
    [
        "directory.tenants select",
        "directory.phone_numbers select",
        "directory.whatsapp_accounts select",
        "directory.api_keys select",
        "directory.user_tenants select",
        "directory.number_history select",
        "directory.portfolio_reach select",
        "fleet.invitations select",
        "fleet.invitations delete",
        "fleet.audit_heads select",
        "fleet.calls select",
        "fleet.calls delete",
        "fleet.orchestration_commands select",
        "fleet.orchestration_commands delete",
        "fleet.decisions select",
        "fleet.decisions delete",
        "fleet.holds select",
        "fleet.holds delete",
        "fleet.imports select",
        "fleet.imports delete",
        "fleet.import_parts select",
        "fleet.import_parts delete",
        "fleet.import_rows select",
        "fleet.import_rows delete",
        "fleet.site_visits select",
        "fleet.site_visits delete",
        "fleet.echoes select",
        "fleet.echoes delete",
        "fleet.reminders select",
        "fleet.inbox select",
        "fleet.inbox_keys select",
        "fleet.inbox_keys delete",
        "fleet.lanes select",
        "fleet.lanes update",
        "fleet.lanes insert",
        "fleet.outbound select",
        "fleet.outbound delete",
        "fleet.attempts select",
        "fleet.attempts delete",
        "fleet.idempotency_keys select",
        "fleet.idempotency_keys delete",
        "fleet.set_aside select",
        "fleet.set_aside delete",
        "fleet.webhook_deliveries select",
        "fleet.webhook_deliveries delete",
        "fleet.webhook_endpoints select",
        "fleet.sending_holds select",
        "fleet.sending_pauses select",
        "fleet.billing_state select",
        "fleet.payer_terms select",
        "fleet.invoices select",
    ];

    /// <summary>Run with their owner's rights, so they must not be led astray by a search path.</summary>
    private static readonly HashSet<string> OwnersFunctions = ["fleet.prepare_inbox(date,date)", "fleet.drop_inbox_day(date)", "fleet.claim_samsara_scope(text,text,text)", "fleet.leave_samsara_scope(text)", "fleet.take_number(text,text)", "fleet.leave_numbers(uuid)"];

    /// <returns>A sentence for each thing that is not as it must be.</returns>
    public static async Task<IReadOnlyList<string>> FindingsAsync(NpgsqlConnection connection) =>
    [
        .. await ListAsync(connection, UnprotectedTables),
        .. await PolicyFindingsAsync(connection),
        .. Except(await ListAsync(connection, TablesWithoutTenant), WithoutTenant.Keys, "has no tenant_id"),
        .. Except(await ListAsync(connection, IndexesWithoutTenant), PointerKeys.Keys, "is an index that does not begin with tenant_id"),
        .. (await ListAsync(connection, ReferencesWithoutTenant)).Except(ToOtherTenants.Keys),
        .. Except(await ListAsync(connection, TablesWithoutReference), WithoutReference.Keys, "does not refer to a tenant"),
        .. await ListAsync(connection, RolesOfTooMuchPower),
        .. await ListAsync(connection, WaysAroundRowSecurity),
        .. Except(await ListAsync(connection, OwnersFunctionsSql), OwnersFunctions, "runs with its owner's rights"),
        .. Difference("the system role's grant", await ListAsync(connection, SystemGrantsSql), SystemGrants),
        .. Difference("the system role's policy", await ListAsync(connection, SystemPoliciesSql), SystemPolicies),
        .. await ColumnFindingsAsync(connection),
    ];

    private const string UnprotectedTables = """
        select format('%s: %s', c.oid::regclass, problem)
        from pg_catalog.pg_class c
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
        cross join lateral (values
            (not a.attnotnull, 'tenant_id may be null'),
            (a.atttypid <> 'text'::regtype, 'tenant_id is no text'),
            (not c.relrowsecurity, 'row-level security is not enabled'),
            (not c.relforcerowsecurity, 'row-level security is not forced'),
            (not exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisprimary), 'it has no primary key')
        ) as problems (present, problem)
        where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and c.relkind in ('r', 'p')
          and present
        order by 1
        """;

    private const string Isolation = "(tenant_id = ( SELECT current_setting('app.tenant_id'::text, true) AS current_setting))";

    // Permissive policies add up: one that says less opens what another closes. So each that the app's role falls under must say this.
    private const string Policies = """
        select c.oid::regclass::text, p.polname::text, p.polcmd::text,
               coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
        from pg_catalog.pg_class c
        left join pg_catalog.pg_policy p
               on p.polrelid = c.oid
              and p.polroles && array[0::oid, 'fleetchat_app'::regrole::oid]
        where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and c.relkind in ('r', 'p')
          and exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
        order by 1, 2
        """;

    private static async Task<List<string>> PolicyFindingsAsync(NpgsqlConnection connection)
    {
        var findings = new List<string>();
        await using var command = new NpgsqlCommand(Policies, connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var table = reader.GetString(0);
            if (reader.IsDBNull(1))
            {
                findings.Add($"{table}: no policy for fleetchat_app");
                continue;
            }

            var (name, scope, sees, writes) = (reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4));
            if (scope != "*")
            {
                findings.Add($"{table}: policy {name} is not for all commands");
            }

            if (sees != Isolation)
            {
                findings.Add($"{table}: policy {name} has USING {(sees.Length == 0 ? "nothing" : sees)}");
            }

            if (writes != Isolation)
            {
                findings.Add($"{table}: policy {name} has WITH CHECK {(writes.Length == 0 ? "nothing" : writes)}");
            }
        }

        return findings;
    }

    private const string TablesWithoutTenant = """
        select c.oid::regclass::text
        from pg_catalog.pg_class c
        where c.relkind in ('r', 'p', 'f')
          and c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
          and c.oid is distinct from to_regclass('migration.journal')
          and not exists (select from pg_catalog.pg_namespace n where n.oid = c.relnamespace and (n.nspname = 'localhost' or starts_with(n.nspname, 'pg_')))
          and not exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
        order by 1
        """;

    private const string IndexesWithoutTenant = """
        select i.indexrelid::regclass::text
        from pg_catalog.pg_index i
        join pg_catalog.pg_class c on c.oid = i.indrelid
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
        where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and i.indkey[0] <> a.attnum
        order by 1
        """;

    private const string ReferencesWithoutTenant = """
        select format('%s: foreign key %I %s', f.conrelid::regclass, f.conname, problem)
        from pg_catalog.pg_constraint f
        join pg_catalog.pg_class c on c.oid = f.conrelid
        join pg_catalog.pg_class target on target.oid = f.confrelid
        left join pg_catalog.pg_attribute here on here.attrelid = f.conrelid and here.attname = 'tenant_id'
        left join pg_catalog.pg_attribute there on there.attrelid = f.confrelid and there.attname = 'tenant_id'
        -- From one table of the platform's to another there is no tenant to begin with.
        cross join lateral (select here.attnum is not null or there.attnum is not null as of_a_tenant) one
        cross join lateral (values
            (f.conkey[1] is distinct from here.attnum and of_a_tenant, 'does not begin with tenant_id'),
            (f.confkey[1] is distinct from there.attnum and of_a_tenant, 'refers to a key that does not begin with tenant_id'),
            (c.relnamespace <> target.relnamespace, 'crosses from one schema to the other')
        ) as problems (present, problem)
        where f.contype = 'f'
          and c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and present
        order by 1
        """;

    private const string TablesWithoutReference = """
        select c.oid::regclass::text
        from pg_catalog.pg_class c
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
        where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and c.relkind in ('r', 'p')
          and not c.relispartition
          and not exists (select from pg_catalog.pg_constraint f where f.conrelid = c.oid and f.contype = 'f' and f.conkey[1] = a.attnum)
        order by 1
        """;

    private const string RolesOfTooMuchPower = """
        select format('%I: %s', r.rolname, problem)
        from pg_catalog.pg_roles r
        cross join lateral (values
            (r.rolsuper, 'is a superuser'),
            (r.rolbypassrls, 'bypasses row-level security'),
            (r.rolcreaterole, 'may create roles'),
            (r.rolcanlogin, 'may log in'),
            (exists (select from pg_catalog.pg_auth_members m where m.member = r.oid), 'is a member of another role')
        ) as problems (present, problem)
        where r.rolname in ('fleetchat_owner', 'fleetchat_app', 'fleetchat_system')
          and present
        union all
        select format('%s: belongs to %s', what, owner)
        from (
            select c.oid::regclass::text as what, c.relowner::regrole::text as owner
            from pg_catalog.pg_class c
            where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
            union all
            select format('schema %I', n.nspname), n.nspowner::regrole::text
            from pg_catalog.pg_namespace n
            where n.nspname in ('fleet', 'directory')
            union all
            select p.oid::regprocedure::text, p.proowner::regrole::text
            from pg_catalog.pg_proc p
            where p.pronamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
        ) as owned
        where owner <> 'fleetchat_owner'
        order by 1
        """;

    // TRUNCATE asks no policy, REFERENCES tells whether a foreign row is there, a trigger runs on other tenants' rows, PUBLIC is
    // everybody, a view sees with its owner's eyes, and what the app may do to a table without tenant_id nothing restrains.
    private const string WaysAroundRowSecurity = """
        select format('%s: %s has %s', c.oid::regclass, case g.grantee when 0 then 'PUBLIC' else g.grantee::regrole::text end, g.privilege_type)
        from pg_catalog.pg_class c
        cross join lateral aclexplode(c.relacl) g
        where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and g.grantee <> c.relowner
          and (g.grantee not in ('fleetchat_app'::regrole, 'fleetchat_system'::regrole)
               or g.privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
               or g.is_grantable)
        union all
        select format('%s: fleetchat_app has %s', c.oid::regclass, g.privilege_type)
        from pg_catalog.pg_class c
        cross join lateral aclexplode(c.relacl) g
        where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and c.relkind in ('r', 'p')
          and g.grantee = 'fleetchat_app'::regrole
          and not exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
        union all
        select format('%s: is a view that sees with its owner''s eyes', c.oid::regclass)
        from pg_catalog.pg_class c
        where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and (c.relkind = 'm' or c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false))
        union all
        select format('%s: everybody may run it', p.oid::regprocedure)
        from pg_catalog.pg_proc p
        where p.pronamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and has_function_privilege('public', p.oid, 'execute')
        order by 1
        """;

    private const string OwnersFunctionsSql = """
        select format('%s%s', p.oid::regprocedure, case when 'search_path=""' = any (p.proconfig) then '' else ' without a search path of its own' end)
        from pg_catalog.pg_proc p
        where p.pronamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and p.prosecdef
        order by 1
        """;

    private const string SystemGrantsSql = """
        select format('%s %s', c.oid::regclass, lower(g.privilege_type))
        from pg_catalog.pg_class c
        cross join lateral aclexplode(c.relacl) g
        where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and g.grantee = 'fleetchat_system'::regrole
        union all
        select format('%s.%I %s', c.oid::regclass, a.attname, lower(g.privilege_type))
        from pg_catalog.pg_class c
        join pg_catalog.pg_attribute a on a.attrelid = c.oid
        cross join lateral aclexplode(a.attacl) g
        where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and g.grantee = 'fleetchat_system'::regrole
        union all
        select format('%s %s', p.oid::regprocedure, lower(g.privilege_type))
        from pg_catalog.pg_proc p
        cross join lateral aclexplode(p.proacl) g
        where p.pronamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and g.grantee = 'fleetchat_system'::regrole
        order by 1
        """;

    // A partition's policies are its table's: nobody is granted a partition.
    private const string SystemPoliciesSql = """
        select distinct format('%s %s', coalesce(parent.inhparent, p.polrelid)::regclass,
                               case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end)
        from pg_catalog.pg_policy p
        left join pg_catalog.pg_inherits parent on parent.inhrelid = p.polrelid
        where 'fleetchat_system'::regrole = any (p.polroles)
        order by 1
        """;

    private const string Columns = """
        select format('%s.%I', c.oid::regclass, a.attname), a.atttypid = 'bytea'::regtype
        from pg_catalog.pg_class c
        join pg_catalog.pg_attribute a on a.attrelid = c.oid
        join pg_catalog.pg_type t on t.oid = a.atttypid
        left join pg_catalog.pg_type element on element.oid = t.typelem and t.typcategory = 'A'
        where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and c.relkind in ('r', 'p')
          and not c.relispartition
          and a.attnum > 0
          and not a.attisdropped
          and a.attname <> 'tenant_id'
          and (coalesce(element.typcategory, t.typcategory) = 'S'
               or coalesce(element.oid, t.oid) in ('bytea'::regtype, 'json'::regtype, 'jsonb'::regtype, 'xml'::regtype))
        order by 1
        """;

    private static async Task<List<string>> ColumnFindingsAsync(NpgsqlConnection connection)
    {
        var columns = new Dictionary<string, bool>();
        await using var command = new NpgsqlCommand(Columns, connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            columns.Add(reader.GetString(0), reader.GetBoolean(1));
        }

        var encrypted = PersonalDataColumns.Encrypted;
        var notPersonal = PersonalDataColumns.NotPersonal.Keys;
        return
        [
            .. columns.Keys.Where(column => !encrypted.Contains(column) && !notPersonal.Contains(column))
                .Select(column => $"{column}: is it personal? PersonalDataColumns does not say"),
            .. encrypted.Concat(notPersonal).Except(columns.Keys).Select(column => $"{column}: in PersonalDataColumns, but not in the database"),
            .. encrypted.Intersect(notPersonal).Select(column => $"{column}: both encrypted and not personal"),
            .. columns.Where(column => encrypted.Contains(column.Key) && !column.Value).Select(column => $"{column.Key}: encrypted, but its type is not bytea"),
            .. encrypted.Where(column => column.StartsWith("directory.", StringComparison.Ordinal)).Select(column => $"{column}: personal, in the directory"),
        ];
    }

    private static IEnumerable<string> Except(IEnumerable<string> found, IEnumerable<string> allowed, string problem)
        => found.Except(allowed).Select(name => $"{name}: {problem}").Concat(allowed.Except(found).Select(name => $"{name}: a listed exception that is none any more"));

    private static IEnumerable<string> Difference(string what, IReadOnlyList<string> found, HashSet<string> expected)
        => found.Except(expected).Select(item => $"{what} {item} is on no list").Concat(expected.Except(found).Select(item => $"{what} {item} is missing"));

    private static async Task<List<string>> ListAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var names = new List<string>();
        while (await reader.ReadAsync())
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }
}
