using FleetChat.Core.Monitoring;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Monitoring;

public sealed class WatchPlatformFunction(WatchPlatform watch)
{
    [Function("WatchPlatform")]
    public Task RunAsync([TimerTrigger("30 * * * * *")] TimerInfo timer, CancellationToken ct) => watch.HandleAsync(ct);
}
