using FleetChat.LocalHost.Postgres;
using Npgsql;

namespace FleetChat.Benchmarks;

/// <summary>A PostgreSQL cluster of the run's own, with the settings that keep data through a loss of power.</summary>
internal sealed class BenchmarkPostgres : IAsyncDisposable
{
    private readonly PostgresCluster _cluster;

    private BenchmarkPostgres(PostgresCluster cluster) => _cluster = cluster;

    /// <summary>Goes with the cluster, also when this process is killed and the next run cleans up after it.</summary>
    public string Folder => _cluster.Folder;

    /// <summary>The superuser's, to the database <c>postgres</c>.</summary>
    public string AdminConnectionString => _cluster.AdminConnectionString;

    public static Task<BenchmarkPostgres> StartAsync(CancellationToken ct) => StartAsync("", ct);

    /// <param name="moreSettings">Lines of postgresql.conf.</param>
    public static async Task<BenchmarkPostgres> StartAsync(string moreSettings, CancellationToken ct)
        => new(await PostgresCluster.StartTemporaryAsync("benchmarks", ct, survivesPowerLoss: true, moreSettings));

    /// <returns>The connection string of its owner, the superuser.</returns>
    public async Task<string> CreateDatabaseAsync(string name, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_cluster.AdminConnectionString) { Pooling = false }.ConnectionString);
        await using var command = source.CreateCommand($"create database {name}");
        await command.ExecuteNonQueryAsync(ct);
        return new NpgsqlConnectionStringBuilder(_cluster.AdminConnectionString) { Database = name }.ConnectionString;
    }

    /// <inheritdoc cref="CpuTimes.OfTree"/>
    public TimeSpan? ProcessorTime() => CpuTimes.OfTree(_cluster.ServerProcessId);

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
