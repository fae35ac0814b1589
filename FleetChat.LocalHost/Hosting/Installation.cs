using System.Security.Cryptography;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.LocalHost.Postgres;

namespace FleetChat.LocalHost.Hosting;

/// <summary>A Postgres server with FleetChat's database in it, and a folder with its secrets.</summary>
public sealed class Installation : IAsyncDisposable
{
    /// <summary>Of the lasting installation.</summary>
    internal const string LastingDatabase = "fleetchat";
    private const string AppSecretName = "whatsapp-app-secret";
    private const string VerifyTokenName = "whatsapp-verify-token";

    private readonly PostgresServer _server;
    private readonly string? _temporaryDatabase;
    private readonly InstalledDatabase _database;
    private readonly string _appSecret;
    private readonly string _verifyToken;

    private Installation(PostgresServer server, string folder, string? temporaryDatabase, InstalledDatabase database, string appSecret, string verifyToken)
    {
        (_server, Folder, _temporaryDatabase, _database) = (server, folder, temporaryDatabase, database);
        (_appSecret, _verifyToken) = (appSecret, verifyToken);
    }

    /// <summary>Its owner's alone: secrets, and settings files of child processes.</summary>
    public string Folder { get; }

    public FolderSecretStore Secrets => new(SecretsIn(Folder));

    /// <summary>Everything of it is gone after <see cref="DisposeAsync"/>.</summary>
    /// <exception cref="PostgresUnavailableException"/>
    public static async Task<Installation> CreateTemporaryAsync(string purpose, CancellationToken ct)
    {
        var server = await PostgresServer.ResolveTemporaryAsync(purpose, ct);
        // In the cluster's folder, so that who finds and removes a killed run's cluster removes this too.
        var folder = server.Cluster is { } cluster
            ? Path.Combine(cluster.Folder, "fleetchat")
            : Path.Combine(Path.GetTempPath(), $"fleetchat-{purpose}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
        var database = server.Cluster is null ? $"fleetchat_{purpose}_{RandomNumberGenerator.GetHexString(8, lowercase: true)}" : LastingDatabase;
        return await InstallAsync(server, folder, database, isTemporary: true, ct);
    }

    /// <summary>The lasting one of a data folder; its database and secrets stay after <see cref="DisposeAsync"/>.</summary>
    /// <exception cref="PostgresUnavailableException">Also when another process uses the folder.</exception>
    public static async Task<Installation> OpenAsync(string folder, CancellationToken ct)
    {
        var server = await PostgresServer.ResolveLastingAsync(ClusterIn(folder), ct);
        return await InstallAsync(server, OwnIn(folder), LastingDatabase, isTemporary: false, ct);
    }

    public LocalHostSettings Settings(Uri url, Uri graphBaseUrl) => new(_database, SecretsIn(Folder), url, _appSecret, _verifyToken, graphBaseUrl);

    /// <summary>What somebody is told who wants to use the same data folder.</summary>
    public void Announce(Uri address) => _server.Cluster?.Announce(address.ToString());

    public async ValueTask DisposeAsync()
    {
        if (_temporaryDatabase is { } database)
        {
            // A cluster of our own goes as a whole.
            if (_server.Cluster is null) await DatabaseInstaller.DropAsync(_server.AdminConnectionString, database, CancellationToken.None);
            Directory.Delete(Folder, recursive: true);
        }
        await _server.DisposeAsync();
    }

    private static async Task<Installation> InstallAsync(PostgresServer server, string folder, string database, bool isTemporary, CancellationToken ct)
    {
        try
        {
            MakeFolder(folder);
            var installed = await DatabaseInstaller.InstallAsync(server.AdminConnectionString, database, DatabaseLogins.For(database), ct);
            var secrets = new FolderSecretStore(SecretsIn(folder));
            return new(server, folder, isTemporary ? database : null, installed,
                await secrets.FindOrMakeAsync(AppSecretName, LocalHostSettings.NewSecret, ct), await secrets.FindOrMakeAsync(VerifyTokenName, LocalHostSettings.NewSecret, ct));
        }
        catch
        {
            if (isTemporary && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The private cluster's part of a data folder.</summary>
    internal static string ClusterIn(string folder) => Path.Combine(folder, "postgres");

    /// <summary>FleetChat's own part of a data folder.</summary>
    internal static string OwnIn(string folder) => Path.Combine(folder, "fleetchat");

    internal static string SecretsIn(string folder) => Path.Combine(folder, "secrets");

    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
