using System.Collections.Concurrent;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing;

/// <summary>
/// Whether a company has had its messages of the month. Read anew every few seconds while there is much room, and every time where
/// there is little: what is under way when the last one is accepted still goes, and counts.
/// </summary>
public sealed class MessageRoom(TenantDbs dbs, TimeProvider time)
{
    /// <summary>Far more than all of a company's numbers send and receive in <see cref="Lifetime"/>.</summary>
    private const long Much = 5_000;

    private static readonly long Lifetime = (long)TimeSpan.FromSeconds(5).TotalMilliseconds;
    private readonly ConcurrentDictionary<TenantId, (DateOnly Period, long ReadAt)> _withMuch = new();

    public async Task<bool> IsFullAsync(TenantSettings tenant, CancellationToken ct)
    {
        var today = BillingPeriod.Today(time.GetUtcNow(), tenant.TimeZone);
        var period = BillingPeriod.Of(today);
        if (_withMuch.TryGetValue(tenant.Tenant, out var known) && known.Period == period && Environment.TickCount64 - known.ReadAt < Lifetime) return false;
        var (usage, allowance) = await UsageSql.ReadAsync(dbs.For(tenant.Tenant), today, ct);
        var left = allowance.Limits.MaxMonthlyMessages - usage.MonthlyMessages;
        if (left >= Much) _withMuch[tenant.Tenant] = (period, Environment.TickCount64);
        else _withMuch.TryRemove(tenant.Tenant, out _);
        return left <= 0;
    }

    /// <summary>What a driver must hear whatever his company has used. As our own rules have it: that a company calls a rule urgent lifts no limit.</summary>
    /// <param name="reason">A message's.</param>
    internal static bool IsCritical(string reason) => RuleBook.Default.Find(reason) is { Urgency: RuleUrgency.Urgent };
}
