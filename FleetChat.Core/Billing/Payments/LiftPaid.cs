using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Payments;

/// <summary>
/// Takes a company that is suspended for what it owes back into service once nothing of it is past due. The ledger is asked and not the collections: what was paid once and came back is
/// owed though nobody collects it, and of two invoices that are paid at the same moment neither waits for the other's look.
/// </summary>
public sealed class LiftPaid(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, SuspendTenant suspend, TimeProvider time)
{
    private const string Actor = "system";

    /// <summary>After the commit of what may leave nothing to be paid of an invoice. Where its collection goes on, that looks by itself; where it has ended nobody else would.</summary>
    internal async Task AfterAsync(TenantId tenant, Guid invoice, CancellationToken ct)
    {
        if (await CollectionSql.IsSettledAsync(dbs.For(tenant), invoice, ct)) await TryAsync(tenant, invoice, wasSuspended: false, ct);
    }

    /// <param name="invoice">Of which nothing is left to be paid.</param>
    /// <param name="wasSuspended">For this invoice. Then those that it pays for come back even if the company itself is suspended for something else by now.</param>
    internal async Task TryAsync(TenantId tenant, Guid invoice, bool wasSuspended, CancellationToken ct)
    {
        var isUnpaid = await CollectionSql.FindStandingAsync(dbs.For(tenant), ct) is { IsUnpaid: true };
        if (!isUnpaid && !wasSuspended || await settings.FindAsync(tenant, ct) is not { } company) return;
        if (await CollectionSql.IsPastDueAsync(dbs.For(tenant), company.TimeZone, time.GetUtcNow(), ct)) return;
        var key = await keys.GetAsync(tenant, ct);
        await suspend.TryLiftPaidAsync(tenant, Actor, db => PaymentLetters.WriteAsync(db, key, time, PaymentLetter.Lifted, invoice, 0, ct), ct);
    }
}
