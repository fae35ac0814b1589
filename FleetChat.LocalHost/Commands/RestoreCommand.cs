using FleetChat.Functions.Restores;
using FleetChat.LocalHost.Hosting;
using FleetChat.LocalHost.Postgres;
using FleetChat.LocalRuntime;

namespace FleetChat.LocalHost.Commands;

internal sealed record RestoreCommandOptions(RestoreOptions Restore, string Folder);

/// <summary>Marks a restored installation before it is started, shows how the restore stands, and ends it.</summary>
internal static class RestoreCommand
{
    private const string Actor = "localhost";

    /// <returns>The exit code.</returns>
    /// <exception cref="StartRefusedException">There is no such installation, or it runs although it must not, or the other way round.</exception>
    public static async Task<int> RunAsync(RestoreCommandOptions options, TextWriter output, CancellationToken ct)
    {
        var found = await FoundInstallation.InAsync(options.Folder, ct);
        if (options.Restore.Verb != "begin" || !found.IsPrivate) return await RunAsync(options.Restore, found, output, ct);
        if (found.Admin is not null) throw new StartRefusedException($"FleetChat in '{found.Folder}' runs, and may be sending what was sent before. Stop it, then run 'restore begin' first.");
        if (!found.WasMade) throw new StartRefusedException(found.WhyNot);
        await using var cluster = await PostgresCluster.OpenAsync(found.ClusterFolder, ct);
        return await RunAsync(options.Restore, found with { Admin = cluster.AdminConnectionString }, output, ct);
    }

    internal static async Task<int> RunAsync(RestoreOptions options, FoundInstallation found, TextWriter output, CancellationToken ct)
    {
        await using var views = found.Open();
        var now = (await Looking.AtAsync(() => new RuntimeInspector(views.LocalRuntime).ReadClockAsync(ct))).Now;
        await using var core = WorkServices.Create(found, now);
        return await Looking.AtAsync(() => RestoreJob.RunAsync(core, options, Actor, output, ct));
    }
}
