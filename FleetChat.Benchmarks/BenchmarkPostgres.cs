using System.Globalization;
using FleetChat.LocalHost.Postgres;
using Npgsql;

namespace FleetChat.Benchmarks;

/// <summary>A PostgreSQL cluster of the run's own, with the settings that keep data through a loss of power.</summary>
internal sealed class BenchmarkPostgres : IAsyncDisposable
{
    private const double TicksPerSecond = 100; // sysconf(_SC_CLK_TCK), the same on every Linux that .NET runs on
    private readonly PostgresCluster _cluster;

    private BenchmarkPostgres(PostgresCluster cluster) => _cluster = cluster;

    /// <summary>Goes with the cluster, also when this process is killed and the next run cleans up after it.</summary>
    public string Folder => _cluster.Folder;

    public static async Task<BenchmarkPostgres> StartAsync(CancellationToken ct)
        => new(await PostgresCluster.StartTemporaryAsync("benchmarks", ct, survivesPowerLoss: true));

    /// <returns>The connection string of its owner, the superuser.</returns>
    public async Task<string> CreateDatabaseAsync(string name, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_cluster.AdminConnectionString) { Pooling = false }.ConnectionString);
        await using var command = source.CreateCommand($"create database {name}");
        await command.ExecuteNonQueryAsync(ct);
        return new NpgsqlConnectionStringBuilder(_cluster.AdminConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>What all its processes have used so far, those that have ended too; null where the system does not tell.</summary>
    public TimeSpan? ProcessorTime()
    {
        if (!OperatingSystem.IsLinux()) return null;
        var ticks = Directory.EnumerateDirectories("/proc").Select(folder => Path.GetFileName(folder)).Where(name => name.All(char.IsAsciiDigit)).Sum(TicksOf);
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private long TicksOf(string pid)
    {
        try
        {
            // pid (name) state ppid ... utime stime cutime cstime: fields 14 to 17, of which the first two come before the name's end.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var own = CultureInfo.InvariantCulture;
            var server = _cluster.ServerProcessId.ToString(own);
            return pid == server || fields[1] == server ? fields[11..15].Sum(field => long.Parse(field, own)) : 0;
        }
        catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
