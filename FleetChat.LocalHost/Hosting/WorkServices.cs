using FleetChat.Core.Data;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FleetChat.LocalHost.Hosting;

/// <summary>
/// Core's use cases on the database of a host that another process runs, for the few commands that change something. The logins' passwords
/// are that host's alone: an administrator acts in their roles instead, and can do no more than they.
/// </summary>
internal static class WorkServices
{
    // Nobody is called: what is to be sent or asked is left to the host.
    private static readonly Uri Nowhere = new("http://127.0.0.1:9");

    /// <param name="now">The host's business time.</param>
    /// <param name="more">Settings of whoever acts; null: none.</param>
    public static ServiceProvider Create(FoundInstallation found, DateTimeOffset now, IEnumerable<KeyValuePair<string, string?>>? more = null)
    {
        InstalledDatabase database = new(Owner: "", As(found, "fleetchat_app"), As(found, "fleetchat_system"), LocalRuntime: "");
        return SetUpServices.Create(new(database, found.SecretsFolder, Nowhere, LocalHostSettings.NewSecret(), LocalHostSettings.NewSecret(), Nowhere), new StandingClock(now), more);
    }

    private static string As(FoundInstallation found, string role)
    {
        var builder = new NpgsqlConnectionStringBuilder(found.Admin) { Database = found.Database, ApplicationName = "fleetchat replays", Pooling = false };
        builder.Options = $"{builder.Options} -c role={role}".Trim();
        return builder.ConnectionString;
    }
}
