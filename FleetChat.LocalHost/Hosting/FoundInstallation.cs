using FleetChat.LocalHost.Commands;
using FleetChat.LocalHost.Postgres;

namespace FleetChat.LocalHost.Hosting;

/// <summary>An installation as it lies there, for those who only look: nothing is made or changed, and nothing started but what <see cref="WithDatabaseAsync{T}"/> says.</summary>
/// <param name="Folder">The data folder.</param>
/// <param name="Admin">An administrator's connection to the server; null when none runs.</param>
/// <param name="IsPrivate">The server is a cluster of our own in the folder.</param>
/// <param name="Host">Where the living owner of the folder listens, if he has told.</param>
internal sealed record FoundInstallation(string Folder, string? Admin, bool IsPrivate, Uri? Host)
{
    public string Database { get; init; } = Installation.LastingDatabase;

    public string ClusterFolder => Installation.ClusterIn(Folder);

    public string SecretsFolder => Installation.SecretsIn(Installation.OwnIn(Folder));

    public bool WasMade => Directory.Exists(PostgresCluster.DataFolderIn(ClusterFolder));

    /// <summary>What to type, so that it runs.</summary>
    public string HowToStart => $"dotnet run --project FleetChat.LocalHost -- up{(Folder == new UpOptions().Folder ? "" : $" --data {Folder}")}";

    /// <summary>One sentence for those who need it running.</summary>
    public string WhyNot => WasMade ? $"FleetChat in '{Folder}' is stopped. Start it: {HowToStart}" : $"There is no FleetChat in '{Folder}' yet. Make and start one: {HowToStart}";

    /// <exception cref="StartRefusedException">It belongs to another user.</exception>
    public static async Task<FoundInstallation> InAsync(string folder, CancellationToken ct)
    {
        folder = Path.GetFullPath(folder);
        if (Environment.GetEnvironmentVariable(PostgresServer.Variable) is { Length: > 0 } named) return new(folder, Understood(named), IsPrivate: false, Host: null);
        try
        {
            var cluster = Installation.ClusterIn(folder);
            var owner = OwnerLock.FindOwner(cluster);
            var host = Uri.TryCreate(owner?.Address, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp ? address : null;
            return new(folder, await PostgresCluster.FindRunningAsync(cluster, ct), IsPrivate: true, host);
        }
        catch (UnauthorizedAccessException others)
        {
            throw new StartRefusedException($"'{folder}' belongs to another user: run this as the one who started FleetChat there.", others);
        }
    }

    private static string Understood(string connectionString)
    {
        try
        {
            return new Npgsql.NpgsqlConnectionStringBuilder(connectionString).ConnectionString;
        }
        catch (ArgumentException wrong)
        {
            throw new StartRefusedException($"{PostgresServer.Variable} is no connection string: {wrong.Message}", wrong);
        }
    }

    /// <summary>For what is asked before any host may run: where the folder's own cluster is stopped, it runs until the work is done, and no host does.</summary>
    /// <exception cref="StartRefusedException">There is no installation yet.</exception>
    /// <exception cref="PostgresUnavailableException">Its cluster does not start, or somebody has the folder.</exception>
    public async Task<T> WithDatabaseAsync<T>(Func<FoundInstallation, Task<T>> work, CancellationToken ct)
    {
        if (Admin is not null || !IsPrivate) return await work(this);
        if (!WasMade) throw new StartRefusedException(WhyNot);
        await using var cluster = await PostgresCluster.OpenAsync(ClusterFolder, ct);
        return await work(this with { Admin = cluster.AdminConnectionString });
    }

    /// <exception cref="StartRefusedException">It does not run: with what to type.</exception>
    public DatabaseViews Open() => new(Admin ?? throw new StartRefusedException(WhyNot), Database);

    // A record's own text would print the administrator's password.
    public override string ToString() => Folder;
}
