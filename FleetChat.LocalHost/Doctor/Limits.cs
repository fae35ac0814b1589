namespace FleetChat.LocalHost.Doctor;

/// <summary>From where on something is worth saying.</summary>
internal sealed record Limits
{
    /// <summary>Postgres stops when its disk is full, and comes back only when there is room again.</summary>
    public long FreeForData { get; init; } = 1L << 30;

    public long FreeForTemp { get; init; } = 256L << 20;

    public long FreeMemory { get; init; } = 256L << 20;

    /// <summary>Webhooks come in bursts, each with a socket; Postgres' connections and log files are few.</summary>
    public int OpenFiles { get; init; } = 1024;

    public Version Runtime { get; init; } = new(10, 0);

    public int PostgresMajor { get; init; } = Postgres.PostgresBinaries.OldestMajor;

    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Keeps dead rows alive, and our queues' tables grow with every message.</summary>
    public TimeSpan Transaction { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan LockWait { get; init; } = TimeSpan.FromSeconds(30);

    public long DeadRows { get; init; } = 50_000;

    /// <summary>Postgres refuses to write at two thousand million.</summary>
    public long TransactionAge { get; init; } = 1_000_000_000;

    /// <summary>A host's pools want so many.</summary>
    public int FreeConnections { get; init; } = 40;

    /// <summary>A nudge is taken within a second, and found by the sweep after ten.</summary>
    public TimeSpan Flag { get; init; } = TimeSpan.FromMinutes(1);

    public TimeSpan Work { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan DeadHost { get; init; } = TimeSpan.FromMinutes(1);

    public TimeSpan Failures { get; init; } = TimeSpan.FromHours(24);
}
