using Npgsql;

namespace FleetChat.Core.Data;

/// <summary>
/// Looks, at start, whether the connections are such that row-level security holds, and the schema such that this build
/// can work with it. A host that starts with the wrong login would work perfectly, and show every tenant's rows.
/// </summary>
public static class DatabaseGuard
{
    private const string OwnerRole = "fleetchat_owner";
    private const string AppRole = "fleetchat_app";
    private const string SystemRole = "fleetchat_system";

    /// <exception cref="DatabaseRefusedException">Names all that is wrong, and what to do about it.</exception>
    public static async Task CheckAsync(NpgsqlDataSource app, NpgsqlDataSource system, CancellationToken ct)
    {
        string[] findings =
        [
            .. await FindingsAsync(app, AppRole, $"{DatabaseOptions.Section}:{nameof(DatabaseOptions.App)}", ct),
            .. await FindingsAsync(system, SystemRole, $"{DatabaseOptions.Section}:{nameof(DatabaseOptions.System)}", ct),
        ];
        if (findings.Length > 0)
        {
            throw new DatabaseRefusedException($"FleetChat does not start with this database. {string.Join(' ', findings)}");
        }
    }

    private static async Task<IReadOnlyList<string>> FindingsAsync(NpgsqlDataSource source, string role, string setting, CancellationToken ct)
    {
        var settings = SettingFindings(source.ConnectionString, setting);
        if (settings.Count > 0)
        {
            // PgBouncer would refuse the connection with a worse sentence.
            return settings;
        }

        await using var connection = await source.OpenConnectionAsync(ct);
        if (connection.PostgreSqlVersion.Major < 15)
        {
            return [$"The server of {setting} is Postgres {connection.PostgreSqlVersion}: use 15 or later."];
        }

        return
        [
            .. RoleFindings(await ListRolesAsync(connection, ct), role, setting),
            .. OwnershipFindings(await ListOwnedAsync(connection, ct), setting),
            .. MigrationFindings(await MigrationState.ReadAsync(connection, ct), setting),
        ];
    }

    private static List<string> SettingFindings(string connectionString, string setting)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        var findings = new List<string>();
        if (!string.IsNullOrEmpty(builder.SearchPath))
        {
            findings.Add($"{setting} has 'Search Path', which PgBouncer refuses: remove it; every name in our SQL has its schema.");
        }

        if (!string.IsNullOrEmpty(builder.Options))
        {
            findings.Add($"{setting} has 'Options', which PgBouncer refuses: remove it, and set what it sets on the login with 'alter role'.");
        }

        return findings;
    }

    private static List<string> RoleFindings(List<ReachableRole> roles, string wanted, string setting)
    {
        var login = roles.Single(role => role.IsLogin);
        if (login.IsSuperuser)
        {
            // It may become every other role too; nothing more is worth saying.
            return [$"{setting} logs in as '{login.Name}', a superuser, whom row-level security does not bind: use the login that the installer made."];
        }

        var findings = new List<string>();
        foreach (var role in roles)
        {
            var way = role.IsLogin ? $"'{login.Name}'" : $"'{login.Name}', a member of '{role.Name}',";
            if (role.IsSuperuser)
            {
                findings.Add($"{setting}: {way} may become a superuser: revoke that membership.");
            }

            if (role.BypassesRowSecurity)
            {
                findings.Add($"{setting}: {way} bypasses row-level security: take BYPASSRLS or the membership away.");
            }

            if (role.CreatesRoles)
            {
                findings.Add($"{setting}: {way} may create roles, and so give itself what it lacks: take CREATEROLE or the membership away.");
            }
        }

        string[] forbidden = wanted == AppRole ? [OwnerRole, SystemRole] : [OwnerRole, AppRole];
        findings.AddRange(forbidden
            .Where(name => roles.Any(role => role.Name == name))
            .Select(name => $"{setting}: '{login.Name}' is a member of {name}: revoke that membership."));
        if (!roles.Any(role => role.Name == wanted))
        {
            findings.Add($"{setting}: '{login.Name}' is no member of {wanted}: use the login that the installer made.");
        }

        return findings;
    }

    private static IEnumerable<string> OwnershipFindings(List<string> owned, string setting)
        => owned.Count == 0 ? [] : [$"{setting}: the login owns {string.Join(", ", owned)}, and an owner can take its protection away: give it to {OwnerRole}."];

    /// <summary>A newer schema is no finding: while a release rolls out, it is there before the last old instance ends.</summary>
    private static IEnumerable<string> MigrationFindings(MigrationState state, string setting)
        => state.Missing.Count == 0 ? [] : [$"The database of {setting} lacks {string.Join(", ", state.Missing)}: run the installer of this build."];

    private sealed record ReachableRole(string Name, bool IsLogin, bool IsSuperuser, bool BypassesRowSecurity, bool CreatesRoles);

    // Attributes are not inherited, but a member may become the role; so every role within reach counts.
    private const string ListRoles = """
        select r.rolname::text, r.rolname = session_user, r.rolsuper, r.rolbypassrls, r.rolcreaterole
        from pg_catalog.pg_roles r
        where pg_catalog.pg_has_role(session_user, r.oid, 'member')
        order by r.rolname
        """;

    private static Task<List<ReachableRole>> ListRolesAsync(NpgsqlConnection connection, CancellationToken ct)
        => ListAsync(
            connection, ListRoles, row => new ReachableRole(row.GetString(0), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3), row.GetBoolean(4)), ct);

    // Of the login itself; what comes by membership is said of the membership.
    private const string ListOwned = """
        select format('%I.%I', n.nspname, c.relname)
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('fleet', 'directory')
          and c.relkind in ('r', 'p', 'v', 'm')
          and c.relowner = session_user::regrole
        union all
        select format('schema %I', n.nspname)
        from pg_catalog.pg_namespace n
        where n.nspname in ('fleet', 'directory')
          and n.nspowner = session_user::regrole
        order by 1
        """;

    private static Task<List<string>> ListOwnedAsync(NpgsqlConnection connection, CancellationToken ct)
        => ListAsync(connection, ListOwned, row => row.GetString(0), ct);

    private static async Task<List<T>> ListAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
