using FleetChat.LocalHost.Commands;
using FleetChat.LocalRuntime;

namespace FleetChat.LocalHost.Doctor;

/// <summary>Orchestrations that do not go on.</summary>
internal static class OrchestrationChecks
{
    private const int Named = 5;

    public static IReadOnlyList<Check> All { get; } =
    [
        new("orchestrations.idle", Need.Runtime, IdleAsync),
        new("orchestrations.overdue", Need.Runtime, OverdueAsync),
        new("orchestrations.orphaned", Need.Runtime, OrphanedAsync),
        new("orchestrations.failed", Need.Runtime, FailedAsync),
    ];

    private static async Task<Finding> IdleAsync(Examined examined, CancellationToken ct)
        => Told(await Inspector(examined).ListIdleAsync(ct), "run and wait for nothing that is on its way",
            "Nothing is on its way to them, and they wait for no event: what they waited for was lost.", "Look at one: instance ID. Terminate it, and start it anew if it is still wanted.");

    private static async Task<Finding> OverdueAsync(Examined examined, CancellationToken ct)
        => Told(await Inspector(examined).ListOverdueAsync(await ClockChecks.BusinessNowAsync(examined, ct) - examined.Limits.Flag, ct), "have not taken what is due",
            "Nobody moves them on.", $"See that a host lives, and its log: {examined.Installation.HowToStart}");

    private static async Task<Finding> OrphanedAsync(Examined examined, CancellationToken ct)
        => Told(await Inspector(examined).ListOrphanedAsync(ct), "belong, or an activity of theirs does, to a host that is dead",
            "They stand until a living host takes them over.", $"It does that within seconds: {examined.Installation.HowToStart}");

    private static async Task<Finding> FailedAsync(Examined examined, CancellationToken ct)
        => Told(await Inspector(examined).ListFailedAsync(await ClockChecks.BusinessNowAsync(examined, ct) - examined.Limits.Failures, ct), $"failed in the last {Ages.Text(examined.Limits.Failures)}",
            "What they were to do was not done.", "Look at the reason: instance ID. Mend it and start a new one.");

    private static Finding Told(IReadOnlyList<InstanceSummary> instances, string found, string means, string whatToDo)
    {
        if (instances.Count == 0) return Finding.Fine("none");
        var more = instances.Count > Named ? $" and {instances.Count - Named} more" : "";
        return Finding.Warning($"{instances.Count} {found}: {string.Join(", ", instances.Take(Named).Select(instance => instance.Id))}{more}", means, whatToDo.Replace("instance ID", $"-- instance {instances[0].Id}", StringComparison.Ordinal));
    }

    private static OrchestrationInspector Inspector(Examined examined) => new(examined.Views!.LocalRuntime);
}
