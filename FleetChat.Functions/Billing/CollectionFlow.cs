using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Orchestrations;
using FleetChat.Functions.Orchestrations;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace FleetChat.Functions.Billing;

/// <summary>Dunning: follows one invoice until nothing is left of it. It wakes when something is due or was changed, and looks; what is true, the books say.</summary>
public static class CollectionFlow
{
    /// <summary>For as long as the database is away: nobody else looks at this invoice.</summary>
    private static readonly TaskOptions s_patience = TaskOptions.FromRetryPolicy(
        new(maxNumberOfAttempts: 10_000, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(5)));

    [Function("CollectInvoice")]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var input = context.GetInput<FlowInput>()!;
        var waiter = new FlowWaiter(context);
        while (await context.CallActivityAsync<DateTimeOffset?>("LookAtInvoice", input, s_patience) is { } nextAt)
        {
            if (nextAt.UtcDateTime > context.CurrentUtcDateTime) await waiter.UntilAsync(nextAt);
        }
    }
}

public sealed class LookAtInvoiceFunction(CollectInvoice collect)
{
    [Function("LookAtInvoice")]
    public async Task<DateTimeOffset?> RunAsync([ActivityTrigger] FlowInput input, CancellationToken ct) => (await collect.HandleAsync(input, ct)).NextAt;
}

public sealed class ReconcilePaymentsTimer(HearPayments hear)
{
    /// <summary>For webhooks that never came.</summary>
    [Function("ReconcilePayments")]
    public Task RunAsync([TimerTrigger("0 23 * * * *")] TimerInfo timer, CancellationToken ct) => hear.ReconcileAsync(ct);
}
