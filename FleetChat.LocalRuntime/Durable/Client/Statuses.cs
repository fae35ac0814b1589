using Microsoft.DurableTask.Client;

namespace FleetChat.LocalRuntime.Durable;

internal static class Statuses
{
    private const int All = (1 << InstanceStatus.Running) | (1 << InstanceStatus.Completed) | (1 << InstanceStatus.Failed)
        | (1 << InstanceStatus.Terminated) | (1 << InstanceStatus.Pending) | (1 << InstanceStatus.Suspended);

    private const int Ended = (1 << InstanceStatus.Completed) | (1 << InstanceStatus.Failed) | (1 << InstanceStatus.Terminated);

    /// <summary>In which statuses an instance gives way to a new one of its id.</summary>
    /// <param name="kept">Names of statuses in which it does not; null: while it has not ended.</param>
    /// <exception cref="ArgumentException">There is no such status.</exception>
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
        return mask;
    }
}
