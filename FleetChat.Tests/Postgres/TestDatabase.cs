using FleetChat.Core.Data;
using FleetChat.Tests.Guards;
using Npgsql;

namespace FleetChat.Tests.Postgres;

/// <summary>A database of a test's or a test class's own, dropped with it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly List<NpgsqlDataSource> _sources = [];

    private TestDatabase(string name, string adminConnectionString, PgBouncer? bouncer)
    {
        Name = name;
        IsDirect = bouncer is null;
        // Many classes at once, some with several hosts, share the server's connections.
        var pooled = new NpgsqlConnectionStringBuilder(adminConnectionString) { MaxPoolSize = 20 }.ConnectionString;
        var direct = DatabaseInstaller.Connections(pooled, name, TestPostgres.Logins);
        Logins = bouncer is null ? direct : direct with { App = bouncer.Through(direct.App), System = bouncer.Through(direct.System) };
        Admin = new NpgsqlConnectionStringBuilder(adminConnectionString) { Database = name }.ConnectionString;
        OwnerSource = Open(Logins.Owner);
        AppSource = Open(Logins.App);
        SystemSource = Open(Logins.System);
    }

    public string Name { get; }

    public InstalledDatabase Logins { get; }

    /// <summary>Whether no pooler stands between.</summary>
    public bool IsDirect { get; }

    /// <summary>The superuser's connection to this database, whom row-level security does not bind.</summary>
    public string Admin { get; }

    public NpgsqlDataSource OwnerSource { get; }
    public NpgsqlDataSource AppSource { get; }
    public NpgsqlDataSource SystemSource { get; }

    /// <summary>With all migrations.</summary>
    /// <param name="name">Part of the database's name, for people.</param>
    /// <param name="door">The way of the app's and the system's login; the others migrate and run LocalRuntime, and go straight.</param>
    public static async Task<TestDatabase> CreateAsync(string name, Door door = Door.Direct)
    {
        var database = new TestDatabase(
            await TestPostgres.CopyMigratedAsync(name),
            await TestPostgres.AdminConnectionStringAsync(),
            door == Door.PgBouncer ? await PgBouncer.SharedAsync() : null);
        if (Mutant.SchemaChange is { } change) await database.ExecuteAsAdminAsync(change);
        return database;
    }

    /// <summary>With nothing but the schema localhost, which the login <see cref="InstalledDatabase.LocalRuntime"/> owns.</summary>
    public static async Task<TestDatabase> EmptyAsync(string name)
        => new(await TestPostgres.CopyEmptyAsync(name), await TestPostgres.AdminConnectionStringAsync(), bouncer: null);

    /// <summary>As the superuser: for what a test arranges or looks up behind the product's back.</summary>
    public async Task ExecuteAsAdminAsync(string sql, params NpgsqlParameter[] parameters)
    {
        await using var source = NpgsqlDataSource.Create(Unpooled(Admin));
        await using var command = source.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync();
    }

    /// <inheritdoc cref="ExecuteAsAdminAsync"/>
    public async Task<T> ScalarAsAdminAsync<T>(string sql, params NpgsqlParameter[] parameters)
    {
        await using var source = NpgsqlDataSource.Create(Unpooled(Admin));
        await using var command = source.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources)
        {
            await source.DisposeAsync();
        }

        await TestPostgres.DropAsync(Name);
    }

    private NpgsqlDataSource Open(string connectionString)
    {
        var source = NpgsqlDataSource.Create(connectionString);
        _sources.Add(source);
        return source;
    }

    private static string Unpooled(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
}
