using System.Text.Json;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

/// <summary>The fleet's day on a temporary database, with LocalHost as a child process.</summary>
internal static class DemoCommand
{
    /// <returns>Whether every expectation holds.</returns>
    public static async Task<bool> RunAsync(DemoOptions options, IAnsiConsole console, CancellationToken ct)
    {
        var story = new Story(console);
        story.Open();
        var settings = LocalHostSettings.FreeUrl();
        await using var simulators = await DemoSimulators.StartAsync(settings);
        await using var installation = await Installation.CreateTemporaryAsync("demo", ct);
        await using var host = new ChildProcessHost(installation.Folder);

        var day = new FleetDay(host, installation.Settings(settings, simulators.WhatsApp.Address), simulators.Samsara, simulators.WhatsApp, story) { Speed = options.Speed };
        var outcome = await day.RunAsync(ct);
        story.Close(outcome);
        if (options.Json) Console.WriteLine(JsonSerializer.Serialize(outcome.ToSummary(), DaySummary.Json));
        return outcome.Failed.Count == 0;
    }
}
