using System.Collections.Immutable;
using System.Globalization;
using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>What a process has of one database for orchestrations: its stores, and the engine if it runs any.</summary>
internal sealed class DurableNode : IAsyncDisposable
{
    /// <summary>What everybody hears need not be said more often.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(10);

    private readonly Lock _lock = new();
    private ImmutableArray<DurableEngine> _engines = [];
    private Task? _upgrade;
    private long _lastClaim;
    private long _lastWork;
    private long _lastEnd;

    public DurableNode(LocalDatabase database, BusinessClock clock)
    {
        Database = database;
        Clock = clock;
        Claims = new(database);
        Turns = new(database);
        Answers = new(database);
        Instances = new(database);
        Waits = new(Instances);
    }

    public LocalDatabase Database { get; }

    public BusinessClock Clock { get; }

    public Claims Claims { get; }

    public TurnWriter Turns { get; }

    public ActivityAnswers Answers { get; }

    public InstanceStore Instances { get; }

    public InstanceWaits Waits { get; }

    /// <summary>Null unless exactly one runs here: with several it is not known which of them takes what.</summary>
    public DurableEngine? OnlyEngine => _engines is [var only] ? only : null;

    public void Add(DurableEngine engine) => ImmutableInterlocked.Update(ref _engines, (engines, added) => engines.Add(added), engine);

    public void Remove(DurableEngine engine) => ImmutableInterlocked.Update(ref _engines, (engines, gone) => engines.Remove(gone), engine);

    /// <summary>A token that no other claim has: hosts' numbers are never used twice.</summary>
    public long NewToken(long host) => (host << 32) | (uint)Interlocked.Increment(ref _lastClaim);

    /// <summary>A client may come before any worker has made the schema.</summary>
    public Task ReadyAsync()
    {
        lock (_lock)
        {
            // Who came while there was no database comes again.
            if (_upgrade is null or { IsFaulted: true } or { IsCanceled: true }) _upgrade = LocalSchema.UpgradeAsync(Database.Durable, CancellationToken.None);
            return _upgrade;
        }
    }

    /// <summary>Somebody's inbox has something new.</summary>
    public void Route(Delivered delivered)
    {
        if (delivered.Owner is null)
            foreach (var engine in _engines) engine.RequestRead(delivered.Instance);
        if (delivered.Owner is null && !_engines.Any(e => e.TakesEverything)) Tell("");
        if (delivered.Owner is not { } owner) return;
        var here = false;
        foreach (var engine in _engines)
        {
            if (engine.HostId != owner) continue;
            engine.RequestRead(delivered.Instance);
            here = true;
        }
        if (!here) Tell(delivered.Instance.ToString(CultureInfo.InvariantCulture));
    }

    public void SignalInstances()
    {
        foreach (var engine in _engines) engine.SignalInstances();
    }

    /// <summary>Whichever worker of this process it is for.</summary>
    public void SignalWork()
    {
        foreach (var engine in _engines) engine.SignalWork();
    }

    /// <summary>A message becomes visible then, in business time.</summary>
    public void Expect(DateTimeOffset due)
    {
        foreach (var engine in _engines) engine.Expect(due);
    }

    /// <summary>
    /// Says to the other processes what there is to do: an instance's key if its inbox has something new, "*" if something
    /// ended, nothing if there is work for anybody. Whoever misses it finds it within a second.
    /// </summary>
    public void Tell(string what)
    {
        if (_engines.Length > 0 && !_engines[0].HasOthers) return;
        if (what.Length <= 1 && IsTooSoon(what)) return;
        _ = TellAsync(what);
    }

    public ValueTask DisposeAsync() => Waits.DisposeAsync();

    /// <summary>The next one says it too; and who waits for the last of them looks by himself.</summary>
    private bool IsTooSoon(string what)
    {
        ref var last = ref what.Length == 0 ? ref _lastWork : ref _lastEnd;
        var now = TimeProvider.System.GetTimestamp();
        if (TimeProvider.System.GetElapsedTime(Volatile.Read(ref last), now) < Silence) return true;
        Volatile.Write(ref last, now);
        return false;
    }

    private async Task TellAsync(string what)
    {
        try
        {
            await using var command = Database.Relaxed.CreateCommand("select pg_notify('localhost_orchestrations', $1)");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = what });
            await command.ExecuteNonQueryAsync();
        }
        catch (Exception exception) when (exception is NpgsqlException or ObjectDisposedException)
        {
            // Only a hint; the row that it is about is stored.
        }
    }
}
