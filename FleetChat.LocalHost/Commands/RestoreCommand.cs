using FleetChat.Functions.Restores;
using FleetChat.LocalHost.Hosting;
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
        if (found.IsPrivate) Check(options.Restore.Verb, found);
        return await found.WithDatabaseAsync(running => RunAsync(options.Restore, running, output, ct), ct);
    }

    // What is doubtful settles while hosts work, so an end without them would be one too early.
    private static void Check(string verb, FoundInstallation found)
    {
        if (verb == "begin" && found.Admin is not null) throw new StartRefusedException($"FleetChat in '{found.Folder}' runs, and may be sending what was sent before. Stop it, then run 'restore begin' first.");
        if (verb == "end" && found is { Admin: null, WasMade: true }) throw new StartRefusedException($"If '{found.Folder}' was put back to an earlier moment and is not marked yet, 'restore begin' comes first. {found.WhyNot}");
    }

    internal static async Task<int> RunAsync(RestoreOptions options, FoundInstallation found, TextWriter output, CancellationToken ct)
    {
        await using var views = found.Open();
        var now = (await Looking.AtAsync(() => new RuntimeInspector(views.LocalRuntime).ReadClockAsync(ct))).Now;
        await using var core = WorkServices.Create(found, now);
        return await Looking.AtAsync(() => RestoreJob.RunAsync(core, options, Actor, output, ct));
    }
}
