using FleetChat.LocalHost.Commands;
using FleetChat.LocalRuntime;

namespace FleetChat.LocalHost.Doctor;

/// <summary>The processes that run functions, and their timers.</summary>
internal static class HostChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("hosts.alive", Need.Runtime, AliveAsync),
        new("hosts.dead", Need.Runtime, DeadAsync),
        new("timers.overdue", Need.Runtime, OverdueAsync),
        new("timers.held", Need.Runtime, HeldAsync),
    ];

    private static async Task<Finding> AliveAsync(Examined examined, CancellationToken ct)
    {
        var hosts = await Inspector(examined).ListHostsAsync(ct);
        if (hosts.Any(host => host.IsAlive)) return Finding.Fine($"{hosts.Count(host => host.IsAlive)}");
        return examined.Installation.Host is { } address && hosts.Count > 0
            ? Finding.Problem($"the host at {address} runs, and has not told that it lives for {Ages.Text(hosts.Min(host => host.LastSeen))}", "Others take it for dead, and what it works on from it.", "Stop it and start it again.")
            : Finding.Problem("no host lives", "Nothing is received, and what was received is not worked on.", $"Start one: {examined.Installation.HowToStart}");
    }

    private static async Task<Finding> DeadAsync(Examined examined, CancellationToken ct)
    {
        var dead = (await Inspector(examined).ListHostsAsync(ct)).Where(host => !host.IsAlive && host.LastSeen > examined.Limits.DeadHost).ToList();
        return dead.Count == 0
            ? Finding.Fine("none")
            : Finding.Warning($"{dead.Count} died, the last {Ages.Text(dead.Min(host => host.LastSeen))} ago", "Nobody has taken over yet what they worked on.", $"A living host does that within seconds: {examined.Installation.HowToStart}");
    }

    private static async Task<Finding> OverdueAsync(Examined examined, CancellationToken ct)
    {
        var now = await ClockChecks.BusinessNowAsync(examined, ct);
        var overdue = (await Inspector(examined).ListTimersAsync(ct)).Where(timer => !timer.IsRunning && timer.NextDue < now - examined.Limits.Flag).ToList();
        return overdue.Count == 0
            ? Finding.Fine("none")
            : Finding.Warning($"overdue: {string.Join(", ", overdue.Select(timer => $"{timer.Name} by {Ages.Text(now - timer.NextDue)}"))}", "Sweeps and upkeep do not happen.", "See that a host lives; its log tells why a timer fails.");
    }

    private static async Task<Finding> HeldAsync(Examined examined, CancellationToken ct)
    {
        var held = (await Inspector(examined).ListTimersAsync(ct)).Where(timer => timer.IsHeldByDead).Select(timer => timer.Name).ToList();
        return held.Count == 0
            ? Finding.Fine("none")
            : Finding.Warning($"held by dead hosts: {string.Join(", ", held)}", "They do not fire until a living host lets them go.", $"A living host does that within seconds: {examined.Installation.HowToStart}");
    }

    private static RuntimeInspector Inspector(Examined examined) => new(examined.Views!.LocalRuntime);
}
