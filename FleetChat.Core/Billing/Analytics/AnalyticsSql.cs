using System.Globalization;
using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Billing.Analytics;

internal static class AnalyticsSql
{
    /// <summary>Until then a delivery may be under way.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromMinutes(10);

    // By the ledger's facts, so that what is counted here is what is billed. Those that are counted are found by the month that they are billed
    // in, which is never before their own; the rest are few. A fact that was counted before there were invoices has none.
    // An event's id begins with the time at which its webhook was stored, in milliseconds, and outlives the inbox in a message's cause.
    // What ended after it was accepted has a reason with a suffix.
    private const string Sum = """
        with facts as (
            select f.kind, f.source_id, f.at
            from fleet.usage_facts f
            where f.tenant_id = $1
              and f.is_folded
              and f.kind in ('message_out', 'message_in')
              and (f.billed_in >= $2 or f.billed_in is null)
              and f.at >= $3
              and f.at < $4
            union all
            select f.kind, f.source_id, f.at
            from fleet.usage_facts f
            where f.tenant_id = $1
              and not f.is_folded
              and f.kind in ('message_out', 'message_in')
              and f.at >= $3
              and f.at < $4
        ), messages as (
            select case $6
                       when 'day' then width_bucket(f.at, $5)::text
                       when 'driver' then m.driver_id::text
                       when 'event_type' then split_part(case f.kind when 'message_out' then m.reason else a.reason end, ':', 1)
                       when 'category' then m.pricing_category
                   end as key,
                   f.kind = 'message_out' as is_out,
                   m.driver_id,
                   f.kind = 'message_out' and f.at < $7 as is_settled,
                   m.status in ('delivered', 'read', 'played') as is_delivered,
                   case when f.kind = 'message_out' and m.cause ~ '^event:[0-9a-f]{32}$'
                        then (extract(epoch from f.at) * 1000 - ('x' || substr(m.cause, 7, 12))::bit(48)::bigint)::double precision
                   end as waited
            from facts f
            join fleet.message_logs m on m.tenant_id = $1 and m.id = f.source_id
            left join fleet.message_logs a on a.tenant_id = $1 and a.id = m.reply_to and a.direction = 'outbound'
        )
        select grouping(m.key),
               m.key,
               count(*) filter (where m.is_out),
               count(*) filter (where not m.is_out),
               count(distinct m.driver_id),
               count(*) filter (where m.is_settled),
               count(*) filter (where m.is_settled and m.is_delivered),
               percentile_cont(0.5) within group (order by m.waited),
               percentile_cont(0.95) within group (order by m.waited)
        from messages m
        group by grouping sets ((m.key), ())
        """;

    /// <param name="by">One of <see cref="UsageBy.All"/>.</param>
    public static async Task<(UsageRow Total, IReadOnlyList<UsageRow> Rows)> ReadAsync(TenantDb db, DayRange days, string by, DateTimeOffset now, CancellationToken ct)
    {
        // A month earlier: a company that moved to another time zone has facts of the days around a month's end in the other month.
        var read = await db.ListAsync(Sum, row => (IsTotal: row.GetInt32(0) == 1, Row: Read(row)), ct,
            P.Day(BillingPeriod.Of(days.DayOf(1)).AddMonths(-1)), P.Time(days.Begin), P.Time(days.End), P.Times([.. days.Starts.Select(start => (DateTimeOffset?)start)]), P.Text(by), P.Time(now - Settling));
        var rows = read.Where(one => !one.IsTotal).Select(one => by == UsageBy.Day ? Dated(one.Row, days) : one.Row);
        return (read.Single(one => one.IsTotal).Row, [.. rows.OrderBy(row => row.Key is null).ThenBy(row => row.Key, StringComparer.Ordinal)]);
    }

    private static UsageRow Read(NpgsqlDataReader row)
    {
        var (settled, delivered) = (row.GetInt64(5), row.GetInt64(6));
        return new(row.TextOrNull(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), settled == 0 ? null : decimal.Round(100m * delivered / settled, 1), MillisecondsOrNull(row, 7), MillisecondsOrNull(row, 8));
    }

    private static long? MillisecondsOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : (long)Math.Round(row.GetDouble(column));

    private static UsageRow Dated(UsageRow row, DayRange days)
        => row with { Key = days.DayOf(int.Parse(row.Key!, CultureInfo.InvariantCulture)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) };
}
