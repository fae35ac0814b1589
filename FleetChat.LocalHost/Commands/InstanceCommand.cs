using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

internal sealed record InstanceOptions : ViewOptions
{
    public required string Id { get; init; }
}

/// <summary>One orchestration: how it stands, what it waits for, and how it came there.</summary>
internal static class InstanceCommand
{
    /// <exception cref="StartRefusedException">There is none of this id, or the installation does not run.</exception>
    public static async Task RunAsync(InstanceOptions options, IAnsiConsole console, CancellationToken ct)
    {
        var found = await FoundInstallation.InAsync(options.Folder, ct);
        await using var views = found.Open();
        var instance = await Looking.AtAsync(() => new OrchestrationInspector(views.LocalRuntime).FindAsync(options.Id, ct))
            ?? throw new StartRefusedException($"There is no instance '{options.Id}'. 'instances --prefix {options.Id[..Math.Min(options.Id.Length, 8)]}' lists those whose ids begin alike; ended ones are forgotten after some days.");
        if (options.Json) Output.WriteJson(instance);
        else Timeline.Show(instance, (await new RuntimeInspector(views.LocalRuntime).ReadClockAsync(ct)).Now, console);
    }
}
