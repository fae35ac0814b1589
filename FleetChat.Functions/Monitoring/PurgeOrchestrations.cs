using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace FleetChat.Functions.Monitoring;

/// <summary>Forgets orchestrations a week after their end: what they decided stands in the tables, and their histories only grow.</summary>
public sealed class PurgeOrchestrations(TimeProvider timeProvider)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);
    private static readonly OrchestrationRuntimeStatus[] Ended =
        [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

    /// <summary>One by one: a filter knows when an instance began, and one that took months may have ended today.</summary>
    [Function("PurgeOrchestrations")]
    public async Task RunAsync(
        [TimerTrigger("0 25 * * * *")] TimerInfo timer,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        var before = timeProvider.GetUtcNow() - Kept;
        var candidates = client.GetAllInstancesAsync(new OrchestrationQuery(CreatedTo: before, Statuses: Ended));
        await foreach (var instance in candidates.WithCancellation(cancellation))
        {
            if (instance.LastUpdatedAt < before) await client.PurgeInstanceAsync(instance.InstanceId, cancellation);
        }
    }
}
