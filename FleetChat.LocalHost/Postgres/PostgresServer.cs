namespace FleetChat.LocalHost.Postgres;

/// <summary>The server to work with: the administrator's, when one is named, else a cluster of our own.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>Environment variable: an administrator's connection string (may create roles and databases).</summary>
    public const string Variable = "FLEETCHAT_POSTGRES";

    private PostgresServer(string adminConnectionString, PostgresCluster? cluster)
    {
        AdminConnectionString = adminConnectionString;
        Cluster = cluster;
    }

    public string AdminConnectionString { get; }

    /// <summary>Null when the server is the administrator's: then others may work there too, and databases need names of their own.</summary>
    public PostgresCluster? Cluster { get; }

    /// <exception cref="PostgresUnavailableException"/>
    public static Task<PostgresServer> ResolveTemporaryAsync(string purpose, CancellationToken ct)
        => ResolveAsync(() => PostgresCluster.StartTemporaryAsync(purpose, ct));

    /// <exception cref="PostgresUnavailableException"/>
    public static Task<PostgresServer> ResolveLastingAsync(string folder, CancellationToken ct)
        => ResolveAsync(() => PostgresCluster.OpenAsync(folder, ct));

    public ValueTask DisposeAsync() => Cluster?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task<PostgresServer> ResolveAsync(Func<Task<PostgresCluster>> start)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return new PostgresServer(named, cluster: null);
        }

        var cluster = await start();
        return new PostgresServer(cluster.AdminConnectionString, cluster);
    }
}
