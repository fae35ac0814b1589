using System.Diagnostics;
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
        var (story, watch) = (new Story(console), Stopwatch.StartNew());
        story.Open();
        var url = LocalHostSettings.FreeUrl();
        await using var simulators = await DemoSimulators.StartAsync(url);
        await using var installation = await Installation.CreateTemporaryAsync("demo", ct);
        await using var host = new ChildProcessHost(installation.Folder);

        var day = FleetDay.Whole(host, installation.Settings(url, simulators.WhatsApp.Address), simulators, story, options.Speed);
        var outcome = await PlayAsync(day, host, ct);
        story.Close(outcome, watch.Elapsed);
        if (options.Json) Console.WriteLine(JsonSerializer.Serialize(outcome.ToSummary(), DaySummary.Json));
        return outcome.Failed.Count == 0;
    }

    /// <exception cref="StartRefusedException">The day could not be played to its end: with what the host said last.</exception>
    private static async Task<DayOutcome> PlayAsync(FleetDay day, ChildProcessHost host, CancellationToken ct)
    {
        try
        {
            return await day.RunAsync(ct);
        }
        catch (Exception broken) when (broken is TimeoutException or HttpRequestException)
        {
            throw new StartRefusedException($"The demo broke off: {broken.Message}. {host.SaidLast}", broken);
        }
    }
}
