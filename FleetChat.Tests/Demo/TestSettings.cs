using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Demo;

internal static class TestSettings
{
    /// <param name="folder">For secrets.</param>
    public static LocalHostSettings Of(TestDatabase database, string folder, Uri graph) => new(
        new(Small(database.Logins.Owner), Small(database.Logins.App), Small(database.Logins.System), Small(database.Logins.LocalRuntime)),
        Path.Combine(folder, "secrets"), LocalHostSettings.FreeUrl(), LocalHostSettings.NewSecret(), LocalHostSettings.NewSecret(), graph);

    // Several hosts of several tests share the server's connections.
    private static string Small(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 12 }.ConnectionString;
}
