using FleetChat.LocalHost.Postgres;

namespace FleetChat.Tests.Postgres;

internal static class ClusterRestart
{
    /// <summary>Whoever is connected is thrown out; what is not committed is lost.</summary>
    public static async Task RestartAsync(PostgresCluster cluster)
    {
        var user = OperatingUser.Choose();
        var binaries = await PostgresBinaries.FindAsync(user, major: null, cluster.Folder, CancellationToken.None);
        var folder = Path.Combine(cluster.Folder, "server");
        var restarted = await user.RunAsync(
            binaries.PgCtl, ["restart", "--pgdata", Path.Combine(folder, "data"), "--log", Path.Combine(folder, "log"), "--wait", "--silent", "--mode", "fast"], folder, CancellationToken.None);
        Assert.True(restarted.ExitCode == 0, restarted.Output);
    }
}
