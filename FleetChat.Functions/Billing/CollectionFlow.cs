using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Orchestrations;
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
        // One waiter for as long as nothing comes: a cancelled one would swallow the event that it missed.
        var changed = context.WaitForExternalEvent<object?>(Flow.Changed);
        while (await context.CallActivityAsync<DateTimeOffset?>("LookAtInvoice", input, s_patience) is { } nextAt)
        {
            if (nextAt.UtcDateTime <= context.CurrentUtcDateTime) continue;
            using var over = new CancellationTokenSource();
            var due = context.CreateTimer(nextAt.UtcDateTime, over.Token);
            if (await Task.WhenAny(changed, due) != changed) continue;
            Cancel(over);
            changed = context.WaitForExternalEvent<object?>(Flow.Changed);
        }
    }

    // An orchestrator awaits nothing but what its context gives.
    private static void Cancel(CancellationTokenSource over) => over.Cancel();
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
