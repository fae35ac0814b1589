using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;

namespace FleetChat.Core.Billing;

/// <summary>On which days a company was in service, and as what. What a day's last word says holds for the whole day.</summary>
internal static class ServiceTerms
{
    /// <summary>For the transaction of its cause. Parameters: the day in the company's time zone, the tier, whether it is in service.</summary>
    public const string Note = """
        insert into fleet.service_terms (tenant_id, from_day, service_tier, in_service)
        values ($1, $2, $3, $4)
        on conflict (tenant_id, from_day) do update
        set service_tier = excluded.service_tier, in_service = excluded.in_service
        """;

    /// <summary>
    /// Another tier for a company that is in service, and nothing for one that is not. Never before its last word, which a move to a zone further west would put
    /// on a later day. Parameters: the day in the company's time zone, the tier.
    /// </summary>
    public const string Continue = """
        insert into fleet.service_terms (tenant_id, from_day, service_tier, in_service)
        select $1, greatest($2, s.from_day), $3, true
        from (
            select from_day, in_service
            from fleet.service_terms
            where tenant_id = $1
            order by from_day desc
            limit 1) s
        where s.in_service
        on conflict (tenant_id, from_day) do update
        set service_tier = excluded.service_tier
        """;

    private const string ListOfMonth = """
        select from_day, service_tier, in_service
        from fleet.service_terms
        where tenant_id = $1
          and from_day < $3
          and from_day >= coalesce((
              select max(b.from_day)
              from fleet.service_terms b
              where b.tenant_id = $1
                and b.from_day <= $2), '-infinity')
        order by from_day
        """;

    /// <inheritdoc cref="ReadAsync"/>
    public static async Task<IReadOnlyList<ServiceSpan>> ListAsync(TenantDb db, DateOnly period, CancellationToken ct)
    {
        await using var batch = AddTo(db.Batch(), period);
        await using var reader = await batch.ReadAsync(ct);
        return await ReadAsync(reader, period, ct);
    }

    public static TenantBatch AddTo(TenantBatch batch, DateOnly period) => batch.Add(ListOfMonth, P.Day(period), P.Day(period.AddMonths(1)));

    /// <returns>The month's days in service; none: it was not.</returns>
    public static async Task<IReadOnlyList<ServiceSpan>> ReadAsync(TenantReader reader, DateOnly period, CancellationToken ct)
    {
        var end = period.AddMonths(1);
        var terms = await reader.ListAsync(row => (From: row.Day(0), Tier: row.GetString(1), InService: row.GetBoolean(2)), ct);
        var spans = new List<ServiceSpan>();
        for (var at = 0; at < terms.Count; at++)
        {
            var (from, tier, inService) = terms[at];
            var until = at + 1 < terms.Count ? terms[at + 1].From : end;
            if (inService) Add(spans, new(from < period ? period : from, until, tier));
        }
        return spans;
    }

    // A word that changes nothing begins no new span.
    private static void Add(List<ServiceSpan> spans, ServiceSpan span)
    {
        if (spans is [.., var last] && last.Until == span.From && last.Tier == span.Tier) spans[^1] = last with { Until = span.Until };
        else spans.Add(span);
    }
}
