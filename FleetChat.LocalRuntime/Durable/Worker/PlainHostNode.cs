using System.Collections.Concurrent;
using FleetChat.LocalRuntime.Hosting;
using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>What <see cref="LocalRuntimeService"/> holds for functions, for a host of one's own: its place among the processes of a database.</summary>
internal sealed class PlainHostNode : IAsyncDisposable
{
    private readonly LocalDatabase _database;
    private readonly Lazy<Task> _start;

    public PlainHostNode(LocalRuntimeOptions options, ILoggerFactory loggers)
    {
        _database = new(options);
        var clock = new BusinessClock();
        Durable = new(_database, clock);
        Presence = new(_database, queues: [], clock, Activity, loggers.CreateLogger<HostPresence>());
        _start = new(async () =>
        {
            await Durable.ReadyAsync();
            await Presence.StartAsync(CancellationToken.None);
        });
    }

    public DurableNode Durable { get; }

    public HostPresence Presence { get; }

    public HostActivity Activity { get; } = new();

    /// <summary>Several workers of one database share one place.</summary>
    public Task StartAsync(CancellationToken cancellation) => _start.Value.WaitAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await Durable.DisposeAsync();
        await Presence.DisposeAsync();
        await _database.DisposeAsync();
    }
}

internal sealed record PlainHostLease(string Postgres, TimeSpan Lease);

/// <summary>A node for each database that workers and clients of this host name.</summary>
internal sealed class PlainHostNodes(IEnumerable<PlainHostLease> leases, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<PlainHostNode>> _nodes = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">No connection string was given.</exception>
    public PlainHostNode Get(string postgres)
    {
        if (string.IsNullOrWhiteSpace(postgres)) throw new InvalidOperationException("UsePostgres needs the connection string of a database.");
        return _nodes.GetOrAdd(postgres, p => new(() => new PlainHostNode(OptionsOf(p), loggers))).Value;
    }

    /// <summary>A client may be the first to need the node; the lease is what a worker asked for all the same.</summary>
    private LocalRuntimeOptions OptionsOf(string postgres)
    {
        var options = new LocalRuntimeOptions { Postgres = postgres };
        if (leases.LastOrDefault(l => l.Postgres == postgres) is { } asked) options.Lease = asked.Lease;
        return options;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values) await node.Value.DisposeAsync();
    }
}
