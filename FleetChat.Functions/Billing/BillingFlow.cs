using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Runs;
using FleetChat.Core.Tenants;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Functions.Billing;

/// <summary>One company's month, as ids.</summary>
public sealed record TenantMonth(string TenantId, string Period);

/// <summary>
/// Each hour those months are billed that have ended: a wave a month, a sub-orchestration a company. A company's step is one transaction and does what
/// is due, so a wave that dies, or meets another one, leaves nothing half done, and the next hour brings what was missed.
/// </summary>
public static class BillingFlow
{
    public const string Run = "BillingRun";
    private const string Tenant = "TenantBilling";

    /// <summary>For as long as the database is away for a moment; after that the next wave tries again.</summary>
    private static readonly TaskOptions s_patience = TaskOptions.FromRetryPolicy(
        new(maxNumberOfAttempts: 4, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(5)));

    public static string InstanceOf(BillingWave wave) => $"{Run}-v1:{wave.Period}:{wave.Wave}";

    [Function(Run)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var wave = context.GetInput<BillingWave>()!;
        var due = await context.CallActivityAsync<DueTenants>("ListDueTenants", wave, s_patience);
        await Task.WhenAll(due.TenantIds.Select(tenant => context.CallSubOrchestratorAsync(
            Tenant, new TenantMonth(tenant, wave.Period), new SubOrchestrationOptions(instanceId: $"{Tenant}-v1:{tenant}:{wave.Period}:{wave.Wave}"))));
        if (!due.IsLast) context.ContinueAsNew(wave with { After = due.TenantIds[^1] });
    }

    private static async Task ReportAsync(TaskOrchestrationContext context, TenantMonth month)
    {
        try
        {
            await context.CallActivityAsync("ReportBillingTrouble", month, s_patience);
        }
        catch (TaskFailedException)
        {
            // Not even that: the wave goes on to the others, and the next one comes back.
        }
    }

    [Function(Tenant)]
    public static async Task BillAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var month = context.GetInput<TenantMonth>()!;
        var done = await InvoiceAsync(context, month);
        // The last of the children lets the parent's bill be made at once. Where this is lost, the next quarter of an hour brings it.
        if (done?.PaidBy is { } parent) await InvoiceAsync(context, month with { TenantId = parent });
    }

    private static async Task<MonthInvoiced?> InvoiceAsync(TaskOrchestrationContext context, TenantMonth month)
    {
        try
        {
            return await context.CallActivityAsync<MonthInvoiced>("InvoiceMonth", month, s_patience);
        }
        catch (TaskFailedException)
        {
            // One company's trouble is nobody else's: it is alerted, and the next quarter of an hour tries again.
            await ReportAsync(context, month);
            return null;
        }
    }
}

public sealed class BillingActivities(BillingRuns runs, InvoiceMonth invoice)
{
    [Function("ListDueTenants")]
    public Task<DueTenants> ListAsync([ActivityTrigger] BillingWave wave, CancellationToken ct) => runs.ListTenantsAsync(wave, ct);

    [Function("InvoiceMonth")]
    public Task<MonthInvoiced> InvoiceAsync([ActivityTrigger] TenantMonth month, CancellationToken ct) => invoice.HandleAsync(TenantId.Parse(month.TenantId), BillingPeriod.Parse(month.Period), ct);

    [Function("ReportBillingTrouble")]
    public Task ReportAsync([ActivityTrigger] TenantMonth month, CancellationToken ct) => invoice.ReportTroubleAsync(TenantId.Parse(month.TenantId), BillingPeriod.Parse(month.Period), ct);
}

public sealed class BillingTimer(BillingRuns runs)
{
    // A few minutes past the hour: months end at full hours, halves and quarters.
    [Function("BillingTimer")]
    public Task RunAsync([TimerTrigger("0 2,17,32,47 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct) => BeginAsync(runs, client, isByHand: false, ct);

    /// <returns>The months that something is done for.</returns>
    internal static async Task<IReadOnlyList<BillingWave>> BeginAsync(BillingRuns runs, DurableTaskClient client, bool isByHand, CancellationToken ct)
    {
        var waves = await runs.ListDueAsync(isByHand, ct);
        foreach (var wave in waves)
        {
            // Of two hosts whose timers go off at once one begins it.
            if (await client.GetInstanceAsync(BillingFlow.InstanceOf(wave), ct) is null)
                await client.ScheduleNewOrchestrationInstanceAsync(BillingFlow.Run, wave, new StartOrchestrationOptions(BillingFlow.InstanceOf(wave)), ct);
        }
        return waves;
    }
}
