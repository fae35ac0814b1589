using Microsoft.DurableTask.Client;

namespace FleetChat.LocalRuntime.Durable;

internal static class Statuses
{
    private const int All = (1 << InstanceStatus.Running) | (1 << InstanceStatus.Completed) | (1 << InstanceStatus.Failed)
        | (1 << InstanceStatus.Terminated) | (1 << InstanceStatus.Pending) | (1 << InstanceStatus.Suspended);

    private const int Terminated = 1 << InstanceStatus.Terminated;

    private const int Unended = (1 << InstanceStatus.Running) | (1 << InstanceStatus.Pending) | (1 << InstanceStatus.Suspended);

    private const int Ended = All & ~Unended;

    /// <summary>In which statuses an instance gives way to a new one of its id.</summary>
    /// <param name="kept">Names of statuses in which it does not; null: while it has not ended.</param>
    /// <exception cref="ArgumentException">There is no such status, or they contradict each other.</exception>
    public static int ReplaceableBut(IReadOnlyList<string>? kept)
    {
        if (kept is null) return Ended;
        var mask = All;
        foreach (var name in kept)
        {
            if (!Enum.TryParse<OrchestrationRuntimeStatus>(name, ignoreCase: true, out var status))
                throw new ArgumentException($"Invalid orchestration runtime status: '{name}' for deduplication.");
            mask &= ~(1 << (int)status);
        }
        if ((mask & Terminated) == 0 && (mask & Unended) != 0)
        {
            throw new ArgumentException(
                "Invalid dedupe statuses: cannot include 'Terminated' while also allowing reuse of running instances, "
                + "because the running instance would be terminated and then immediately conflict with the dedupe check.");
        }
        return mask;
    }
}
