using Azure.Core;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace FleetChat.Core.Data;

/// <summary>
/// Brings a server's database to this build's version: roles, database, logins, migrations. What a deployment runs before the new code comes,
/// and safe to repeat. Unlike <see cref="DatabaseInstaller"/> it makes no passwords: a login is a managed identity, or somebody gives it its way in.
/// </summary>
public static class MigrateDatabase
{
    /// <returns>The last migration that the database has now.</returns>
    /// <exception cref="DatabaseRefusedException">A setting is missing, the server is too old, or a script failed; what came before has taken effect.</exception>
    public static Task<string> RunAsync(IConfiguration configuration, CancellationToken ct)
    {
        var options = new MigrationOptions();
        configuration.GetSection(MigrationOptions.Section).Bind(options);
        return RunAsync(options, options.Identity.Length > 0 ? IdentityTokens.Of(options.Identity) : null, Migration.All, ct);
    }

    internal static async Task<string> RunAsync(MigrationOptions options, TokenCredential? credential, IReadOnlyList<Migration> migrations, CancellationToken ct)
    {
        RefuseIncomplete(options);
        DatabaseInstaller.RefuseBadName(options.Database);

        // For the roles, a matter of seconds. The migrations' connections ask for their own.
        var administrator = credential is null
            ? options.Administrator
            : new NpgsqlConnectionStringBuilder(options.Administrator) { Password = await IdentityTokens.ReadAsync(credential, ct) }.ConnectionString;
        await PrepareAsync(administrator, options, ct);
        await using var owner = OpenOwner(options, credential);
        await Migrator.RunAsync(owner, migrations, ct);
        return migrations[^1].Name;
    }

    private static void RefuseIncomplete(MigrationOptions options)
    {
        string[] missing =
        [
            .. new[] { (nameof(options.Administrator), options.Administrator), (nameof(options.App), options.App), (nameof(options.System), options.System) }
                .Where(setting => setting.Item2.Length == 0).Select(setting => $"{MigrationOptions.Section}:{setting.Item1}"),
        ];
        if (missing.Length > 0) throw new DatabaseRefusedException($"There is nothing to migrate with: set {string.Join(", ", missing)}.");
    }

    private static async Task PrepareAsync(string administrator, MigrationOptions options, CancellationToken ct)
    {
        await using (var admin = await AdministratorConnection.OpenAsync(administrator, database: null, ct))
        {
            await DatabaseInstaller.RefuseOldServerAsync(admin, ct);
            await admin.ExecuteAsync(DatabaseInstaller.LockInstallation, ct);
            await DatabaseInstaller.CreateGroupRolesAsync(admin, ct);
            await CreateLoginAsync(admin, options.App, options.AppPrincipal, ct);
            await CreateLoginAsync(admin, options.System, options.SystemPrincipal, ct);
            await admin.ExecuteAsync("grant fleetchat_app to %I", ct, options.App);
            await admin.ExecuteAsync("grant fleetchat_system to %I", ct, options.System);
            if (options.AppPrincipal.Length > 0) await admin.ExecuteAsync(LetAdministratorsAct, ct);

            // Who makes a role may give it away, and is no member of it himself.
            await admin.ExecuteAsync("grant fleetchat_owner to current_user", ct);
            await DatabaseInstaller.CreateDatabaseAsync(admin, options.Database, ct);
        }

        await using var inside = await AdministratorConnection.OpenAsync(administrator, options.Database, ct);
        await inside.ExecuteAsync(DatabaseInstaller.LockInstallation, ct);
        await DatabaseInstaller.GrantDatabaseAsync(inside, options.Database, [options.App, options.System], ct);
    }

    private static async Task CreateLoginAsync(AdministratorConnection admin, string name, string principal, CancellationToken ct)
    {
        if (await DatabaseInstaller.HasRoleAsync(admin, name, ct)) return;

        // Azure's own function, in the database that its administrators are connected to: a role that only this identity can be. No administrator, no second factor.
        if (principal.Length > 0) await admin.ExecuteAsync(CreatePrincipal, ct, name, principal);
        else await admin.ExecuteAsync("create role %I login", ct, name);
    }

    private const string CreatePrincipal = "select pgaadauth_create_principal_with_oid(%L, %L, 'service', false, false)";

    // On Azure a person becomes the server's administrator for an hour and is no member of anything of ours, nor can he make himself one: since 16 only who made a
    // role gives it away. So that he can do what docs/runbooks has him do, he may become either role, by saying so; the app's shows him one company. From 16 on he
    // inherits nothing, and where Azure refuses it a deployment is not ended by it.
    private const string LetAdministratorsAct = """
        do $$
        begin
            if exists (select from pg_roles where rolname = 'azure_pg_admin') then
                execute 'grant fleetchat_app, fleetchat_system to azure_pg_admin' || case when current_setting('server_version_num')::int >= 160000 then ' with inherit false' else '' end;
            end if;
        exception when insufficient_privilege then
            raise notice 'Administrators of the server can not act as fleetchat_app and fleetchat_system: %', sqlerrm;
        end
        $$
        """;

    private const string ActAsOwner = "set role fleetchat_owner";

    // What the migrations make belongs to the group role, so that another administrator can change it.
    private static NpgsqlDataSource OpenOwner(MigrationOptions options, TokenCredential? credential)
    {
        var builder = new NpgsqlDataSourceBuilder(options.Administrator);
        builder.ConnectionStringBuilder.Database = options.Database;
        builder.ConnectionStringBuilder.Pooling = false;
        if (credential is not null) builder.UseTokensOf(credential);
        builder.UsePhysicalConnectionInitializer(BecomeOwner, BecomeOwnerAsync);
        return builder.Build();
    }

    private static void BecomeOwner(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(ActAsOwner, connection);
        command.ExecuteNonQuery();
    }

    private static async Task BecomeOwnerAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(ActAsOwner, connection);
        await command.ExecuteNonQueryAsync();
    }
}
