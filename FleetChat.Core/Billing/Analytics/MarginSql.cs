using FleetChat.Core.Data;
using FleetChat.Core.Security;
using Npgsql;

namespace FleetChat.Core.Billing.Analytics;

internal static class MarginSql
{
    // How long a message may have waited before it was sent, so that the index by the time of its making finds it. One that waited longer,
    // as behind a pause that nobody ended, is not counted.
    private const int MostDaysWaited = 100;

    // Meta's clock and ours differ a little.
    private static readonly TimeSpan s_skew = TimeSpan.FromDays(1);

    private const string CountPriced = """
        select m.conversation_id, c.identity_kind, c.identity, m.pricing_category, width_bucket(s.at, $4), m.billable, count(*)
        from fleet.message_logs m
        join fleet.conversations c on c.tenant_id = $1 and c.id = m.conversation_id
        cross join lateral (select coalesce(least(m.sent_at, m.delivered_at, m.read_at), m.timestamp) as at) s
        where m.tenant_id = $1
          and m.direction = 'outbound'
          and m.pricing_category is not null
          and m.billable is distinct from false
          and m.timestamp >= $5
          and m.timestamp < $6
          and s.at >= $2
          and s.at < $3
        group by m.conversation_id, c.identity_kind, c.identity, m.pricing_category, width_bucket(s.at, $4), m.billable
        """;

    /// <summary>What statuses said of the cost of a month's messages, but for those that they called free.</summary>
    /// <param name="spans">First days of the month's spans with the same rates; the first is the month's.</param>
    public static async Task<IReadOnlyList<PricedMessages>> ListMessagesAsync(TenantDb db, DataKey key, IReadOnlyList<DateOnly> spans, TimeZoneInfo zone, CancellationToken ct)
    {
        var (begin, end) = (BillingPeriod.StartOf(spans[0], zone), BillingPeriod.EndOf(spans[0], zone));
        var counted = await db.ListAsync(CountPriced, Read, ct,
            P.Time(begin), P.Time(end), P.Times([.. spans.Select(day => (DateTimeOffset?)BillingPeriod.StartOf(day, zone))]), P.Time(begin.AddDays(-MostDaysWaited)), P.Time(end + s_skew));
        var countries = counted.DistinctBy(some => some.Conversation).ToDictionary(some => some.Conversation, some => CountryOf(key, some));
        return
        [
            .. counted.GroupBy(some => (Country: countries[some.Conversation], some.Category, some.Span, some.IsBillable), some => some.Count)
                .Select(same => new PricedMessages(same.Key.Country, same.Key.Category, spans[same.Key.Span - 1], same.Key.IsBillable, same.Sum())),
        ];
    }

    private static string? CountryOf(DataKey key, Counted some)
        => RecipientCountry.Find(some.IdentityKind, key.Decrypt(EncryptedColumns.ConversationIdentity, some.Conversation, some.Identity));

    private static Counted Read(NpgsqlDataReader row)
        => new(row.GetGuid(0), row.GetString(1), row.Bytes(2), row.GetString(3), row.GetInt32(4), row.IsDBNull(5) ? null : row.GetBoolean(5), row.GetInt64(6));

    /// <param name="Span">From 1.</param>
    private sealed record Counted(Guid Conversation, string IdentityKind, byte[] Identity, string Category, int Span, bool? IsBillable, long Count);

    private const string SumCredits = """
        select coalesce(sum(total_amount - tax_amount), 0)::bigint
        from fleet.invoices
        where tenant_id = $1
          and credited_invoice = $2
          and state = 'final'
        """;

    /// <returns>Without tax.</returns>
    public static Task<long> SumCreditsAsync(TenantDb db, Guid invoice, CancellationToken ct) => db.FindAsync(SumCredits, row => row.GetInt64(0), ct, P.Uuid(invoice));
}
