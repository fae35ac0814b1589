using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Billing.Runs;

/// <param name="Period">The month, such as <c>2026-03</c>.</param>
/// <param name="After">Goes on after this company; null: from the first.</param>
/// <param name="Wave">Which of the hour's waves, so that each has instances of its own.</param>
public sealed record BillingWave(string Period, string Wave, string? After);

/// <param name="TenantIds">In order.</param>
public sealed record DueTenants(IReadOnlyList<string> TenantIds, bool IsLast);

/// <summary>How far a month's billing is, over all companies whose books are at that month.</summary>
/// <param name="Open">Their month has not ended yet.</param>
/// <param name="Ended">Ended, and no draft yet.</param>
/// <param name="Drafted">With a draft, in their grace.</param>
/// <param name="Overdue">Past their grace and not closed: they are being worked on, wait for a child whose month is not closed, or an alert <c>invoice.blocked</c> says why not.</param>
/// <param name="Closed">Closed with a final invoice.</param>
public sealed record BillingProgress(string BillingPeriod, int Open, int Ended, int Drafted, int Overdue, int Closed);

/// <summary>Which companies' months have ended, each in its own time zone: read as the system's role, which sees of a company's books no more than that.</summary>
public sealed class BillingRuns(SystemDb system, IOptions<BillingOptions> options, TimeProvider time)
{
    /// <summary>So many sub-orchestrations at once.</summary>
    internal const int PageSize = 50;

    // Who pays for others need not be in service himself: his books don't know of the month.
    private const string Payers = """
        select i.period, i.paid_by as tenant_id
        from fleet.invoices i
        join fleet.billing_state p on p.tenant_id = i.paid_by
        join directory.tenants d on d.tenant_id = i.paid_by and d.status <> 'terminated'
        where i.kind = 'statement'
          and (p.closed_through is null or i.period > p.closed_through)
          and (p.next_period is null or i.period < p.next_period)
        """;

    private const string ListPeriods = $"""
        select next_period
        from fleet.billing_state
        where ends_at <= $1
          and (drafted is distinct from next_period or ends_at <= $2)
        union
        select period
        from ({Payers}) p
        order by next_period
        """;

    /// <summary>Months for which something is to be done.</summary>
    /// <param name="isByHand">Somebody asks for it now: a wave of its own, whatever began a moment ago. Else those who ask in the same minute mean the same.</param>
    public async Task<IReadOnlyList<BillingWave>> ListDueAsync(bool isByHand, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var periods = await system.ListAsync(ListPeriods, row => row.Day(0), ct, P.Time(now), P.Time(now - options.Value.Grace));
        return periods.ConvertAll(period => new BillingWave(BillingPeriod.Write(period), now.UtcDateTime.ToString(isByHand ? "yyyyMMddHHmmssfff" : "yyyyMMddHHmm", System.Globalization.CultureInfo.InvariantCulture), null));
    }

    private const string ListTenants = $"""
        select tenant_id
        from fleet.billing_state
        where next_period = $1
          and ends_at <= $2
          and (drafted is distinct from next_period or ends_at <= $3)
          and tenant_id > $4
        union
        select tenant_id
        from ({Payers}) p
        where period = $1
          and tenant_id > $4
        order by tenant_id
        limit $5
        """;

    public async Task<DueTenants> ListTenantsAsync(BillingWave wave, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var tenants = await system.ListAsync(ListTenants, row => row.GetString(0), ct, P.Day(BillingPeriod.Parse(wave.Period)), P.Time(now), P.Time(now - options.Value.Grace), P.Text(wave.After ?? ""), P.Number(PageSize));
        return new(tenants, tenants.Count < PageSize);
    }

    private const string Count = """
        select m.period,
               count(*) filter (where s.next_period = m.period and s.ends_at > $1)::int,
               count(*) filter (where s.next_period = m.period and s.ends_at <= $1 and s.ends_at > $2 and s.drafted is distinct from m.period)::int,
               count(*) filter (where s.next_period = m.period and s.ends_at <= $1 and s.ends_at > $2 and s.drafted = m.period)::int,
               count(*) filter (where s.next_period = m.period and s.ends_at <= $2)::int,
               count(*) filter (where s.closed_through = m.period)::int
        from (
            select next_period as period from fleet.billing_state where next_period is not null
            union
            select closed_through from fleet.billing_state where closed_through is not null) m
        join fleet.billing_state s on s.next_period = m.period or s.closed_through = m.period
        group by m.period
        order by m.period desc
        limit 24
        """;

    /// <summary>The newest month first.</summary>
    public Task<List<BillingProgress>> ProgressAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return system.ListAsync(Count, row => new BillingProgress(BillingPeriod.Write(row.Day(0)), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4), row.GetInt32(5)),
            ct, P.Time(now), P.Time(now - options.Value.Grace));
    }
}
