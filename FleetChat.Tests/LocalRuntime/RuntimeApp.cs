using FleetChat.LocalRuntime;
using FleetChat.Tests.Postgres;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>A database of its own with any number of hosts on it that run <see cref="RuntimeFunctions"/>, and their common log.</summary>
public sealed class RuntimeApp : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly NpgsqlDataSource _source;
    private readonly List<RuntimeHost> _hosts = [];
    private readonly List<PostgresProxy> _proxies = [];

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

    /// <param name="postgres">Another way to the database; the straight one if null.</param>
    /// <param name="hostJson">Settings that replace those of host.json.</param>
    public async Task<RuntimeHost> StartHostAsync(
        string name, string? postgres = null, IReadOnlyDictionary<string, string?>? hostJson = null, Action<FunctionsApplicationBuilder>? change = null)
    {
        var host = await RuntimeHost.StartAsync(postgres ?? _database.Logins.LocalRuntime, typeof(RuntimeFunctions).Assembly, builder =>
        {
            Configure(builder, Log, name);
            builder.Configuration.AddInMemoryCollection((hostJson ?? new Dictionary<string, string?>()).Select(s => KeyValuePair.Create($"AzureFunctionsJobHost:extensions:{s.Key}", s.Value)));
            change?.Invoke(builder);
        });
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

    /// <summary>Another way to the database, on which a test can spoil something. It ends after the hosts: without a database these would not end at once.</summary>
    internal PostgresProxy NewProxy()
    {
        _proxies.Add(new(_database.Logins.LocalRuntime));
        return _proxies[^1];
    }

    /// <summary>Stores a message as no host would: nobody is told of it.</summary>
    public Task PutBehindItsBackAsync(string queue, string message) => _database.ExecuteAsAdminAsync(
        """
        insert into localhost.queue_messages (queue, body)
        values ($1, convert_to($2, 'UTF8'))
        """,
        new NpgsqlParameter<string> { TypedValue = queue },
        new NpgsqlParameter<string> { TypedValue = message });

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
        foreach (var proxy in _proxies) await proxy.DisposeAsync();
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }
}
