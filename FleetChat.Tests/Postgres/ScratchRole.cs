using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Tests.Postgres;

/// <summary>A role of a test's own, gone with it. Roles are the server's, so the test's database must be there still when it goes.</summary>
internal sealed class ScratchRole : IAsyncDisposable
{
    private readonly TestDatabase _database;

    private ScratchRole(TestDatabase database, string name)
    {
        _database = database;
        Name = name;
        Login = new NpgsqlConnectionStringBuilder(database.Admin) { Username = name, Password = name, Pooling = false }.ConnectionString;
    }

    public string Name { get; }

    /// <summary>Connection string to the test's database.</summary>
    public string Login { get; }

    /// <param name="attributes">For example <c>bypassrls in role fleetchat_app</c>.</param>
    public static async Task<ScratchRole> CreateAsync(TestDatabase database, string attributes)
    {
        var role = new ScratchRole(database, TestPostgres.NewName("scratch"));
        await using var admin = await AdministratorConnection.OpenAsync(database.Admin, database: null, CancellationToken.None);
        await admin.ExecuteAsync($"create role %I login password %L {attributes}", CancellationToken.None, role.Name, role.Name);
        await admin.ExecuteAsync("grant connect on database %I to %I", CancellationToken.None, database.Name, role.Name);
        return role;
    }

    public async ValueTask DisposeAsync()
    {
        await using var admin = await AdministratorConnection.OpenAsync(_database.Admin, database: null, CancellationToken.None);
        await admin.ExecuteAsync("reassign owned by %I to fleetchat_owner", CancellationToken.None, Name);
        await admin.ExecuteAsync("drop owned by %I", CancellationToken.None, Name);
        await admin.ExecuteAsync("drop role %I", CancellationToken.None, Name);
    }
}
