using System.Text.RegularExpressions;
using Npgsql;
using Polly;
using Polly.Retry;

namespace FleetChat.Core.Data;

/// <summary>
/// Makes an installation in a server: roles, database, logins, migrations. Safe to repeat, which brings a database to this
/// build's version and sets the logins' passwords again, and safe to run in several processes at once.
/// </summary>
public static partial class DatabaseInstaller
{
    /// <param name="adminConnectionString">
    /// Of somebody who may create roles and databases, directly and not through PgBouncer: the installer holds session locks.
    /// </param>
    /// <param name="database">Lower-case letters, digits and <c>_</c>, at most 48.</param>
    /// <exception cref="DatabaseRefusedException">The server is too old.</exception>
    public static Task<InstalledDatabase> InstallAsync(string adminConnectionString, string database, DatabaseLogins logins, CancellationToken ct)
        => InstallAsync(adminConnectionString, database, logins, Migration.All, ct);

    internal static async Task<InstalledDatabase> InstallAsync(
        string adminConnectionString, string database, DatabaseLogins logins, IReadOnlyList<Migration> migrations, CancellationToken ct)
    {
        RefuseBadName(database);
        await PrepareAsync(adminConnectionString, database, logins, ct);
        var installed = Connections(adminConnectionString, database, logins);
        await Migrator.RunAsync(installed.Owner, migrations, ct);
        return installed;
    }

    /// <summary>Removes the database, whoever is connected to it, and its logins. The server's roles stay: others may use them.</summary>
    public static async Task DropAsync(string adminConnectionString, string database, CancellationToken ct)
    {
        RefuseBadName(database);
        await using var admin = await AdministratorConnection.OpenAsync(adminConnectionString, database: null, ct);
        await DropDatabaseAsync(admin, database, ct);
        await DropLoginsAsync(admin, DatabaseLogins.For(database), ct);
    }

    // A session that is just closing, or autovacuum looking in, is in the way of an administrator who is no superuser: for a moment.
    private static readonly ResiliencePipeline Dropping = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<PostgresException>(e => e.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.ObjectInUse),
            MaxRetryAttempts = 5,
            Delay = TimeSpan.FromMilliseconds(300),
        })
        .Build();

    internal static async Task DropDatabaseAsync(AdministratorConnection admin, string database, CancellationToken ct)
        => await Dropping.ExecuteAsync(async token => await admin.ExecuteAsync("drop database if exists %I with (force)", token, database), ct);

    internal static async Task DropLoginsAsync(AdministratorConnection admin, DatabaseLogins logins, CancellationToken ct)
    {
        foreach (var login in logins.All)
        {
            await admin.ExecuteAsync("drop role if exists %I", ct, login.Name);
        }
    }

    // Four logins' pools of one process stay below the 200 connections that a private cluster allows: who finds none free waits
    // for one, instead of being refused by the server.
    private const int PoolSize = 45;

    internal static InstalledDatabase Connections(string adminConnectionString, string database, DatabaseLogins logins)
    {
        return new InstalledDatabase(As(logins.Owner), As(logins.App), As(logins.System), As(logins.LocalRuntime));

        string As(DatabaseLogin login)
        {
            var builder = new NpgsqlConnectionStringBuilder(adminConnectionString)
            {
                Database = database,
                Username = login.Name,
                Password = login.Password,
            };
            if (!builder.ShouldSerialize("Maximum Pool Size")) builder.MaxPoolSize = PoolSize;
            // The administrator's own; PgBouncer refuses both.
            builder.Remove("Search Path");
            builder.Remove("Options");
            return builder.ConnectionString;
        }
    }

    private static async Task PrepareAsync(string adminConnectionString, string database, DatabaseLogins logins, CancellationToken ct)
    {
        await using (var admin = await AdministratorConnection.OpenAsync(adminConnectionString, database: null, ct))
        {
            await RefuseOldServerAsync(admin, ct);

            // Roles belong to the whole server, and two installations that change one at the same time fail each other.
            await admin.ExecuteAsync(LockInstallation, ct);
            await CreateGroupRolesAsync(admin, ct);
            await CreateLoginsAsync(admin, logins, ct);
            await CreateDatabaseAsync(admin, database, ct);
        }

        await GrantDatabaseAsync(adminConnectionString, database, logins, ct);
    }

    private const string IsServerRecent = "select current_setting('server_version_num')::int >= 150000";

    internal static async Task RefuseOldServerAsync(AdministratorConnection admin, CancellationToken ct)
    {
        if (!await admin.IsAsync(IsServerRecent, ct))
        {
            throw new DatabaseRefusedException("The Postgres server is older than version 15: use a newer one.");
        }
    }

    internal const string LockInstallation = "select pg_advisory_lock(hashtext('fleetchat.install'))";

    // The lock is the database's that the administrator is connected to, roles are the server's: an administrator who comes
    // by another database may still be a moment ahead.
    private const string CreateGroupRoles = """
        do $$
        declare
            group_role text;
        begin
            foreach group_role in array array['fleetchat_owner', 'fleetchat_app', 'fleetchat_system'] loop
                begin
                    if not exists (select from pg_catalog.pg_roles where rolname = group_role) then
                        execute format('create role %I nologin', group_role);
                    end if;
                exception when duplicate_object or unique_violation then
                    null;
                end;
            end loop;
        end
        $$
        """;

    internal static Task CreateGroupRolesAsync(AdministratorConnection admin, CancellationToken ct) => admin.ExecuteAsync(CreateGroupRoles, ct);

    private const string HasRole = "select exists (select from pg_catalog.pg_roles where rolname = $1)";

    internal static Task<bool> HasRoleAsync(AdministratorConnection admin, string name, CancellationToken ct) => admin.IsAsync(HasRole, ct, P.Text(name));

    private static async Task CreateLoginsAsync(AdministratorConnection admin, DatabaseLogins logins, CancellationToken ct)
    {
        foreach (var login in logins.All)
        {
            if (!await HasRoleAsync(admin, login.Name, ct))
            {
                await admin.ExecuteAsync("create role %I", ct, login.Name);
            }

            await admin.ExecuteAsync("alter role %I login password %L", ct, login.Name, login.Password);
        }

        await admin.ExecuteAsync("grant fleetchat_owner to %I", ct, logins.Owner.Name);
        await admin.ExecuteAsync("grant fleetchat_app to %I", ct, logins.App.Name);
        await admin.ExecuteAsync("grant fleetchat_system to %I", ct, logins.System.Name);

        // What the login creates then belongs to the group role, and another installation run with another login can change it.
        await admin.ExecuteAsync("alter role %I set role = 'fleetchat_owner'", ct, logins.Owner.Name);
    }

    private const string HasDatabase = "select exists (select from pg_catalog.pg_database where datname = $1)";

    internal static async Task CreateDatabaseAsync(AdministratorConnection admin, string database, CancellationToken ct)
    {
        if (await admin.IsAsync(HasDatabase, ct, P.Text(database)))
        {
            return;
        }

        try
        {
            await admin.ExecuteAsync("create database %I", ct, database);
        }
        catch (PostgresException exists) when (exists.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // An installation that came by another database was faster.
        }
    }

    /// <summary>What a database lets its logins do; a copy of a template lacks it, because Postgres does not copy it.</summary>
    internal static async Task GrantDatabaseAsync(string adminConnectionString, string database, DatabaseLogins logins, CancellationToken ct)
    {
        await using var admin = await AdministratorConnection.OpenAsync(adminConnectionString, database, ct);
        await admin.ExecuteAsync(LockInstallation, ct);
        await GrantDatabaseAsync(admin, database, logins.All.Select(login => login.Name), ct);
        await CreateLocalSchemaAsync(admin, logins.LocalRuntime, ct);
    }

    /// <param name="admin">Connected to the database itself.</param>
    internal static async Task GrantDatabaseAsync(AdministratorConnection admin, string database, IEnumerable<string> logins, CancellationToken ct)
    {
        await admin.ExecuteAsync("revoke all on database %I from public", ct, database);
        await admin.ExecuteAsync("revoke all on schema public from public", ct);
        await admin.ExecuteAsync("grant create on database %I to fleetchat_owner", ct, database);
        foreach (var login in logins)
        {
            await admin.ExecuteAsync("grant connect on database %I to %I", ct, database, login);
        }
    }

    private const string HasLocalSchema = "select exists (select from pg_catalog.pg_namespace where nspname = 'localhost')";

    private static async Task CreateLocalSchemaAsync(AdministratorConnection admin, DatabaseLogin login, CancellationToken ct)
    {
        if (await admin.IsAsync(HasLocalSchema, ct))
        {
            return;
        }

        // An administrator who is no superuser may give a schema only to a role that he belongs to.
        await admin.ExecuteAsync("begin", ct);
        await admin.ExecuteAsync("grant %I to current_user", ct, login.Name);
        await admin.ExecuteAsync("create schema localhost authorization %I", ct, login.Name);
        await admin.ExecuteAsync("revoke %I from current_user", ct, login.Name);
        await admin.ExecuteAsync("commit", ct);
    }

    internal static void RefuseBadName(string database)
    {
        if (!DatabaseName().IsMatch(database))
        {
            throw new ArgumentException($"'{database}' is no name for a database: lower-case letters, digits and _, a letter first, at most 48.", nameof(database));
        }
    }

    // 63 is Postgres' limit, and the logins' names are longer than the database's.
    [GeneratedRegex("^[a-z][a-z0-9_]{0,47}$")]
    private static partial Regex DatabaseName();
}
