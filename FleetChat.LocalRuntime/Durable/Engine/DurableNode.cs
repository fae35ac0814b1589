using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>What a process has of one database for orchestrations: its stores, and the engine if it runs any.</summary>
internal sealed class DurableNode : IAsyncDisposable
{
    private readonly Lazy<Task> _upgrade;

    public DurableNode(LocalDatabase database, BusinessClock clock)
    {
        Database = database;
        Clock = clock;
        Claims = new(database);
        Turns = new(database);
        Answers = new(database);
        Instances = new(database);
        Waits = new(Instances);
        _upgrade = new(() => LocalSchema.UpgradeAsync(database.Durable, CancellationToken.None));
    }

    public LocalDatabase Database { get; }

    public BusinessClock Clock { get; }

    public Claims Claims { get; }

    public TurnWriter Turns { get; }

    public ActivityAnswers Answers { get; }

    public InstanceStore Instances { get; }

    public InstanceWaits Waits { get; }

    /// <summary>Null in a process that is only a client, or while none runs.</summary>
    public DurableEngine? Engine { get; set; }

    /// <summary>A client may come before any worker has made the schema.</summary>
    public Task ReadyAsync() => _upgrade.Value;

    /// <summary>Says to the processes that run orchestrations what there is to do. Who misses it finds it within a second.</summary>
    public void Tell(string what)
    {
        if (Engine is { } engine) engine.Tell(what);
        else _ = TellAsync(what);
    }

    public async Task TellAsync(string what)
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

    public ValueTask DisposeAsync() => Waits.DisposeAsync();
}
