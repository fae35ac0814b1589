using FleetChat.LocalHost.Hosting;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands.Sim;

/// <summary>The simulators: in this process until it is stopped, or those that run already.</summary>
internal static class SimCommand
{
    /// <exception cref="StartRefusedException">None run, or they refuse: with what to do.</exception>
    public static async Task RunAsync(SimOptions options, IAnsiConsole console, CancellationToken ct)
    {
        if (options.Action == "start")
        {
            await SimStart.RunAsync(options, ct);
            return;
        }
        using var found = await FoundSimulators.InAsync(options, ct);
        try
        {
            await ControlAsync(found, options, console, ct);
        }
        catch (InvalidOperationException refused)
        {
            throw new StartRefusedException(refused.Message, refused);
        }
        catch (HttpRequestException gone)
        {
            throw new StartRefusedException($"A simulator went away: {gone.Message}", gone);
        }
    }

    private static Task ControlAsync(FoundSimulators found, SimOptions options, IAnsiConsole console, CancellationToken ct) => options.Action switch
    {
        "list" => SimList.RunAsync(found, options, console, ct),
        "faults" => SimFaults.RunAsync(found, options, console, ct),
        "hold" => SimHeld.HoldAsync(found, options, console, ct),
        "release" => SimHeld.ReleaseAsync(found, options, console, ct),
        "chats" => SimChats.RunAsync(found, options, console, ct),
        _ => SimJournal.RunAsync(found, options, console, ct),
    };
}
