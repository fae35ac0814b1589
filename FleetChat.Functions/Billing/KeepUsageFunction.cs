using FleetChat.Core.Billing;
using FleetChat.Core.Tenants.Numbers;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Billing;

public sealed class KeepUsageFunction(KeepUsage keepUsage, MetaQuotas quotas)
{
    [Function("KeepUsage")]
    public async Task RunAsync([TimerTrigger("30 * * * * *")] TimerInfo timer, CancellationToken ct)
    {
        await keepUsage.HandleAsync(ct);
        await quotas.JudgeAsync(ct);
    }
}
