using System.Globalization;
using System.Security.Cryptography;
using FleetChat.Core.Data;
using FleetChat.LocalHost.Postgres;

namespace FleetChat.Tests.Postgres;

/// <summary>
/// The one Postgres of a test run, started when the first test wants it: a cluster of our own, or the server that
/// FLEETCHAT_POSTGRES names, where everything of this run has a name of its own and is dropped at the end.
/// Databases are copies of a template that the migrations ran on once; the logins are the same for all of them.
/// </summary>
public static class TestPostgres
{
    private static readonly string Run = $"fc{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
    private static readonly string Template = $"{Run}_template";
    private static readonly string EmptyTemplate = $"{Run}_empty";
    private static readonly Lazy<Task<PostgresServer>> Server = new(() => PostgresServer.ResolveTemporaryAsync("tests", CancellationToken.None));
    private static readonly Lazy<Task> Migrated = new(() => MakeTemplateAsync(Template, Migration.All));
    private static readonly Lazy<Task> Empty = new(() => MakeTemplateAsync(EmptyTemplate, []));

    // One session for all databases of the run: beginning one costs more than what it does here. Postgres refuses to copy a
    // template that is being copied, so there is nothing to do two at a time.
    private static readonly Lazy<Task<AdministratorConnection>> Keeper = new(async () => await AdministratorConnection.OpenAsync(await AdminConnectionStringAsync(), database: null, CancellationToken.None));
    private static readonly SemaphoreSlim OneAtATime = new(1);
    private static int s_number;

    internal static DatabaseLogins Logins { get; } = DatabaseLogins.For(Run);

    public static async Task<string> AdminConnectionStringAsync() => (await Server.Value).AdminConnectionString;

    /// <summary>A name that no other run uses in this server.</summary>
    public static string NewName(string name)
    {
        var number = Interlocked.Increment(ref s_number).ToString(CultureInfo.InvariantCulture);
        var readable = string.Concat(name.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit).Take(30));
        return $"{Run}_{number}_{readable}";
    }

    internal static Task<string> CopyMigratedAsync(string name) => CopyAsync(Migrated.Value, Template, name);

    internal static Task<string> CopyEmptyAsync(string name) => CopyAsync(Empty.Value, EmptyTemplate, name);

    internal static Task DropAsync(string database) => KeepAsync(keeper => DatabaseInstaller.DropDatabaseAsync(keeper, database, CancellationToken.None));

    /// <summary>At the end of the run: nothing of it stays, neither here nor in somebody else's server.</summary>
    public static async Task StopAsync()
    {
        if (!Server.IsValueCreated)
        {
            return;
        }

        await TestDatabase.DropKeptAsync();
        if (Keeper.IsValueCreated) await (await Keeper.Value).DisposeAsync();
        await using var server = await Server.Value;
        if (server.Cluster is not null)
        {
            return;
        }

        await using var admin = await AdministratorConnection.OpenAsync(server.AdminConnectionString, database: null, CancellationToken.None);
        await DatabaseInstaller.DropDatabaseAsync(admin, Template, CancellationToken.None);
        await DatabaseInstaller.DropDatabaseAsync(admin, EmptyTemplate, CancellationToken.None);
        await DatabaseInstaller.DropLoginsAsync(admin, Logins, CancellationToken.None);
    }

    private static async Task MakeTemplateAsync(string template, IReadOnlyList<Migration> migrations)
        => await DatabaseInstaller.InstallAsync(await AdminConnectionStringAsync(), template, Logins, migrations, CancellationToken.None);

    private static async Task<string> CopyAsync(Task templateMade, string template, string name)
    {
        await templateMade;
        var database = NewName(name);
        await KeepAsync(async keeper =>
        {
            // The whole files at once, instead of each page through the write-ahead log: two thirds of the time.
            await keeper.ExecuteAsync("create database %I template %I strategy file_copy", CancellationToken.None, database, template);
            // What is granted on schemas is copied with them.
            await keeper.ExecuteAsync(
                "revoke all on database %1$I from public; grant create on database %1$I to fleetchat_owner; grant connect on database %1$I to %2$I, %3$I, %4$I, %5$I",
                CancellationToken.None, [database, .. Logins.All.Select(login => login.Name)]);
        });
        return database;
    }

    private static async Task KeepAsync(Func<AdministratorConnection, Task> act)
    {
        await OneAtATime.WaitAsync();
        try
        {
            await act(await Keeper.Value);
        }
        finally
        {
            OneAtATime.Release();
        }
    }
}
