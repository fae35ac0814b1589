using FleetChat.LocalRuntime;
using FleetChat.Tests.Postgres;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>A database of its own with any number of hosts on it that run <see cref="RuntimeFunctions"/>, and their common log.</summary>
public sealed class RuntimeApp : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly NpgsqlDataSource _source;
    private readonly List<RuntimeHost> _hosts = [];

    private RuntimeApp(TestDatabase database)
    {
        _database = database;
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Logins.LocalRuntime) { MaxPoolSize = 5 }.ConnectionString);
        Clock = new(_source);
    }

    public RuntimeLog Log { get; } = new();

    public BusinessClockControl Clock { get; }

    public TestDatabase Database => _database;

    public static async Task<RuntimeApp> CreateAsync() => new(await TestDatabase.EmptyAsync("runtime"));

    public async Task<RuntimeHost> StartHostAsync(string name)
    {
        var host = await RuntimeHost.StartAsync(_database.Logins.LocalRuntime, typeof(RuntimeFunctions).Assembly, builder => Configure(builder, Log, name));
        _hosts.Add(host);
        return host;
    }

    public static void Configure(FunctionsApplicationBuilder builder, RuntimeLog log, string name)
    {
        builder.Services.AddSingleton(log);
        builder.Services.AddSingleton(new HostName(name));
    }

    public async Task<long> CountMessagesAsync(string queue)
        => await _database.ScalarAsAdminAsync<long>(
            """
            select count(*)
            from localhost.queue_messages
            where queue = $1
            """,
            new NpgsqlParameter<string> { TypedValue = queue });

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }
}
