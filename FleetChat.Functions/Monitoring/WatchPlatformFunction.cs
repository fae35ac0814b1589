using FleetChat.Core.Monitoring;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Monitoring;

public sealed class WatchPlatformFunction(WatchPlatform watch, WatchKeys keys)
{
    [Function("WatchPlatform")]
    public async Task RunAsync([TimerTrigger("30 * * * * *")] TimerInfo timer, CancellationToken ct)
    {
        await watch.HandleAsync(ct);
        await keys.HandleAsync(ct);
    }
}
