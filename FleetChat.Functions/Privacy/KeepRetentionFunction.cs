using FleetChat.Core.Privacy;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Privacy;

public sealed class KeepRetentionFunction(KeepRetention keepRetention)
{
    [Function("KeepRetention")]
    public Task RunAsync([TimerTrigger("0 43 * * * *")] TimerInfo timer, CancellationToken ct) => keepRetention.HandleAsync(ct);
}
