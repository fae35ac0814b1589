using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Billing;

/// <summary>What a company has used.</summary>
/// <param name="ActiveDrivers">With at least one business message in the period: what is billed.</param>
/// <param name="MonthlyMessages">Accepted out and in, without consent, STOP, HELP and resends.</param>
/// <param name="WebhookRequests">New events that signed webhooks brought in the period.</param>
/// <param name="StorageBytes">Of media that are kept now.</param>
internal sealed record Usage(long ActiveDrivers, long MonthlyMessages, long WebhookRequests, long StorageBytes);

/// <param name="Enrolled">Drivers who count against the limit.</param>
/// <param name="Waiting">Drivers of the roster for whom there is no room.</param>
internal sealed record Allowance(string Tier, LimitOverride? Override, ResourceLimits Limits, int Enrolled, int Waiting);

/// <summary>Sums of <see cref="UsageFacts"/>. A fact is in its counter or is added to it by whoever reads, in one statement: the sum is right at any moment.</summary>
internal static class UsageSql
{
    /// <summary>The month in which a fact <c>f</c> is billed, by the company's books <c>b</c>: its own, or the first that is open.</summary>
    private const string BilledIn = "case when f.period <= b.closed_through then (b.closed_through + interval '1 month')::date else f.period end";

    // In one statement, so that a reader sees a fact either here or there. While the company's books are being closed this waits: a month
    // that is closed gets nothing more, and what belongs to it goes to the month after it.
    private const string Fold = $"""
        with books as (
            select closed_through
            from fleet.billing_state
            where tenant_id = $1
            for share
        ), folded as (
            update fleet.usage_facts f
            set is_folded = true,
                billed_in = {BilledIn}
            from books b
            where f.tenant_id = $1
              and not f.is_folded
            returning f.billed_in, f.kind, f.amount
        )
        insert into fleet.usage_counters as c (tenant_id, period, kind, amount)
        select $1, billed_in, kind, sum(amount)::bigint
        from folded
        group by billed_in, kind
        order by billed_in, kind
        on conflict (tenant_id, period, kind) do update
        set amount = c.amount + excluded.amount
        """;

    /// <summary>Moves the counters by what came since, in a short transaction: who counts a driver anew waits for it. Or in that of whoever has the company's books.</summary>
    public static Task FoldAsync(TenantDb db, CancellationToken ct) => db.WriteAsync(Fold, ct);

    private const string Sum = $"""
        select u.kind, sum(u.amount)::bigint
        from (
            select c.kind, c.amount
            from fleet.usage_counters c
            where c.tenant_id = $1
              and (c.period = $2 or c.kind = 'storage')
            union all
            select f.kind, f.amount
            from fleet.usage_facts f
            left join fleet.billing_state b on b.tenant_id = $1
            where f.tenant_id = $1
              and not f.is_folded
              and (f.kind = 'storage'
                   or $2 = {BilledIn})
        ) u
        group by u.kind
        """;

    private const string FindAllowance = """
        select t.service_tier, o.max_drivers, o.max_monthly_messages, o.storage_limit_mb, o.until,
               (select count(*)::int from fleet.drivers d where d.tenant_id = $1 and d.status = 'active'),
               (select count(*)::int from fleet.drivers d where d.tenant_id = $1 and d.status = 'over_limit')
        from fleet.tenants t
        left join fleet.limit_overrides o on o.tenant_id = t.tenant_id
        where t.tenant_id = $1
        """;

    /// <param name="today">In the company's time zone.</param>
    public static async Task<(Usage Usage, Allowance Allowance)> ReadAsync(TenantDb db, DateOnly today, CancellationToken ct)
    {
        await using var batch = db.Batch().Add(Sum, P.Day(BillingPeriod.Of(today))).Add(FindAllowance);
        await using var reader = await batch.ReadAsync(ct);
        var sums = (await reader.ListAsync(row => (Kind: row.GetString(0), Amount: row.GetInt64(1)), ct)).ToDictionary(s => s.Kind, s => s.Amount);
        return (new(Of(UsageFacts.DriverActive), Of(UsageFacts.MessageOut) + Of(UsageFacts.MessageIn), Of(UsageFacts.Webhook), Of(UsageFacts.Storage)),
            (await reader.ListAsync(row => Read(row, today), ct))[0]);

        long Of(string kind) => sums.GetValueOrDefault(kind);
    }

    /// <summary>Whoever adds a driver has the tenant until his commit, so that no two take the last place. Drivers that this transaction has added are among those who are enrolled; those of others have committed, or wait.</summary>
    public static async Task<Allowance> LockAllowanceAsync(TenantTransaction db, DateOnly today, CancellationToken ct)
    {
        await using var batch = db.Batch().Add(TenantLock.Lock).Add(FindAllowance);
        await using var reader = await batch.ReadAsync(ct);
        await reader.ListAsync(row => row.GetString(0), ct);
        return (await reader.ListAsync(row => Read(row, today), ct))[0];
    }

    /// <summary>As it is at the moment, and perhaps no more in the next.</summary>
    public static Task<Allowance?> FindAllowanceAsync(TenantDb db, DateOnly today, CancellationToken ct) => db.FindAsync(FindAllowance, row => Read(row, today), ct);

    private static Allowance Read(NpgsqlDataReader row, DateOnly today)
    {
        var given = row.IsDBNull(4) ? null : ReadOverride(row, 1);
        return new(row.GetString(0), given, ResourceLimits.OfTier(row.GetString(0)).With(given, today), row.GetInt32(5), row.GetInt32(6));
    }

    /// <param name="first">Of its four columns: drivers, messages, storage, until.</param>
    public static LimitOverride ReadOverride(NpgsqlDataReader row, int first)
        => new(row.IntOrNull(first), row.LongOrNull(first + 1), row.LongOrNull(first + 2), row.Day(first + 3));
}
