using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetChat.LocalRuntime.Hosting;

/// <summary>The host's own connections to Postgres.</summary>
internal sealed class LocalDatabase : IAsyncDisposable
{
    /// <summary>The runtime's own statements, each prepared once a connection.</summary>
    private const int Prepared = 60;

    private readonly string _session;

    public LocalDatabase(IOptions<LocalRuntimeOptions> options)
        : this(options.Value)
    {
    }

    public LocalDatabase(LocalRuntimeOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Postgres))
        {
            throw new InvalidOperationException(
                "LocalRuntime needs a Postgres database: set LocalRuntime:Postgres to the connection string of a login that owns the schema localhost.");
        }
        Lease = options.Lease;
        Durable = NpgsqlDataSource.Create(options.Postgres);
        var relaxed = new NpgsqlConnectionStringBuilder(options.Postgres);

        // A queue's table is another one each minute; statistics that call it empty would have it read from end to end. A plan
        // that must do so all the same then counts as a very dear one, and would be compiled for longer than it runs.
        relaxed.Options = $"{relaxed.Options} -c synchronous_commit=off -c enable_seqscan=off -c jit=off".TrimStart();
        relaxed.MaxAutoPrepare = Prepared;
        Relaxed = NpgsqlDataSource.Create(relaxed.ConnectionString);
        var turns = new NpgsqlConnectionStringBuilder(options.Postgres) { MaxAutoPrepare = Prepared };
        turns.Options = $"{turns.Options} -c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan".TrimStart();
        Turns = NpgsqlDataSource.Create(turns.ConnectionString);

        // Pooled connections are reset and reused; a session lock must end with its connection and nothing else.
        relaxed.Pooling = false;
        _session = relaxed.ConnectionString;
    }

    /// <summary>How long a process may be silent before the others take its work.</summary>
    public TimeSpan Lease { get; }

    /// <summary>For what must not be lost once it was acknowledged: new messages, timers.</summary>
    public NpgsqlDataSource Durable { get; }

    /// <summary>For orchestrations' commits: as durable as <see cref="Durable"/>, with plans that are made once and fit tables of any size.</summary>
    public NpgsqlDataSource Turns { get; }

    /// <summary>For claims and deletions of messages: if a crash of Postgres takes back the last of them, a message is delivered again, which may happen anyway.</summary>
    public NpgsqlDataSource Relaxed { get; }

    /// <summary>A connection outside the pools, for a lock that says by its end that this process has ended.</summary>
    public NpgsqlConnection NewSession() => new(_session);

    public async ValueTask DisposeAsync()
    {
        await Durable.DisposeAsync();
        await Relaxed.DisposeAsync();
        await Turns.DisposeAsync();
    }
}
