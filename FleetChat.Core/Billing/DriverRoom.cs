using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing;

/// <summary>Whether a company may have another driver. Asked in the transaction that adds him: the last place is taken once, whoever asks at the same time.</summary>
internal static class DriverRoom
{
    /// <returns>How many more there may be, those of this transaction counted; below zero: it has added too many.</returns>
    public static async Task<int> LockAsync(TenantTransaction db, TenantSettings tenant, TimeProvider time, CancellationToken ct)
    {
        var allowance = await UsageSql.LockAllowanceAsync(db, BillingPeriod.Today(time.GetUtcNow(), tenant.TimeZone), ct);
        return allowance.Limits.MaxDrivers - allowance.Enrolled;
    }

    /// <summary>For whoever adds many: before he writes what he has to take back if <see cref="LockAsync"/> then finds less.</summary>
    public static async Task<int> EstimateAsync(TenantDb db, TenantSettings tenant, TimeProvider time, CancellationToken ct)
        => await UsageSql.FindAllowanceAsync(db, BillingPeriod.Today(time.GetUtcNow(), tenant.TimeZone), ct) is { } allowance ? allowance.Limits.MaxDrivers - allowance.Enrolled : 0;
}
