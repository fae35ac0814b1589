using Npgsql;

namespace FleetChat.LocalHost.Hosting;

/// <summary>
/// An installation's database as its parts see it, for those who only look. The logins' passwords are the running host's alone:
/// an administrator looks in their roles instead, so that he too is shown ids and states and no contents. Every session is
/// one transaction that reads and is never committed.
/// </summary>
internal sealed class DatabaseViews : IAsyncDisposable
{
    private const int SecondsToConnect = 5;
    private const int SecondsToAnswer = 20;

    /// <param name="admin">An administrator's connection to the server.</param>
    public DatabaseViews(string admin, string database)
    {
        var builder = new NpgsqlConnectionStringBuilder(admin)
        {
            // A session is a view of its own.
            Pooling = false,
            Timeout = SecondsToConnect,
            CommandTimeout = SecondsToAnswer,
            ApplicationName = "fleetchat looks",
        };
        Server = Open(builder.ConnectionString, BeginAsAdminAsync);
        builder.Database = database;
        Admin = Open(builder.ConnectionString, BeginAsAdminAsync);
        System = Open(builder.ConnectionString, connection => BeginInRoleAsync(connection, "fleetchat_system"));
        App = Open(builder.ConnectionString, connection => BeginInRoleAsync(connection, "fleetchat_app"));
        LocalRuntime = Open(builder.ConnectionString, BeginAsOwnerOfLocalhostAsync);
    }

    /// <summary>The administrator, in the database that his connection names.</summary>
    public NpgsqlDataSource Server { get; }

    /// <summary>The administrator, in FleetChat's database.</summary>
    public NpgsqlDataSource Admin { get; }

    /// <summary>As routing and sweeps see it.</summary>
    public NpgsqlDataSource System { get; }

    /// <summary>As one tenant sees it.</summary>
    public NpgsqlDataSource App { get; }

    /// <summary>As LocalRuntime sees it: the schema localhost.</summary>
    public NpgsqlDataSource LocalRuntime { get; }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in new[] { Server, Admin, System, App, LocalRuntime }) await source.DisposeAsync();
    }

    private static NpgsqlDataSource Open(string connectionString, Func<NpgsqlConnection, Task> begin)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.UsePhysicalConnectionInitializer(connection => begin(connection).GetAwaiter().GetResult(), begin);
        return builder.Build();
    }

    private const string BeginReading = """
        begin;
        set transaction read only
        """;

    private static async Task BeginAsAdminAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(BeginReading, connection);
        await command.ExecuteNonQueryAsync();
    }

    private const string Begin = """
        begin
        """;

    private const string NameRole = """
        select set_config('fleetchat.looks_as', $1, true)
        """;

    private static Task BeginInRoleAsync(NpgsqlConnection connection, string role)
        => BecomeAsync(connection, new(NameRole) { Parameters = { new NpgsqlParameter<string> { TypedValue = role } } });

    private const string NameOwnerOfLocalhost = """
        select set_config('fleetchat.looks_as', r.rolname, true)
        from pg_catalog.pg_namespace n
        join pg_catalog.pg_roles r on r.oid = n.nspowner
        where n.nspname = 'localhost'
        """;

    private static Task BeginAsOwnerOfLocalhostAsync(NpgsqlConnection connection) => BecomeAsync(connection, new(NameOwnerOfLocalhost));

    // An administrator who is no superuser has to be a member; the transaction that makes him one never commits.
    private const string BecomeRole = """
        do $$
        declare
            wanted text := current_setting('fleetchat.looks_as', true);
        begin
            if wanted is null then
                return;
            end if;
            perform set_config('role', wanted, true);
        exception when insufficient_privilege then
            execute format('grant %I to current_user', wanted);
            perform set_config('role', wanted, true);
        end
        $$;
        """;

    private const string OnlyRead = """
        set transaction read only
        """;

    private static async Task BecomeAsync(NpgsqlConnection connection, NpgsqlBatchCommand nameRole)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new(Begin), nameRole, new(BecomeRole), new(OnlyRead) } };
        await batch.ExecuteNonQueryAsync();
    }
}
