using FleetChat.Core.Billing;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Billing;

public sealed class KeepUsageFunction(KeepUsage keepUsage)
{
    [Function("KeepUsage")]
    public Task RunAsync([TimerTrigger("30 * * * * *")] TimerInfo timer, CancellationToken ct) => keepUsage.HandleAsync(ct);
}
