using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>A line, and what of its invoice says what is behind it.</summary>
/// <param name="MessageVolume">All messages of the month of whoever used them.</param>
/// <param name="CreditedInvoice">Of a credit note.</param>
/// <param name="Kind">Null: the invoice has no such line.</param>
/// <param name="Above">Of a volume discount: its bracket begins above so many drivers; null: nobody noted it.</param>
/// <param name="Company">Of a parent's invoice: whose use it is; null: the invoice is of one company.</param>
/// <param name="Place">Which of that company's lines it is, from 1.</param>
/// <param name="FreeBefore">When the agreed trial was over: its drivers who came late were not charged; null: there was none.</param>
internal sealed record ExplainedLine(
    DateOnly Period, long MessageVolume, Guid? CreditedInvoice, string? Kind, long Quantity, long? Above, Guid? Adjustment, TenantId? Company, int Place, DateTimeOffset? FreeBefore);

/// <summary>What is behind a line is what was counted into its month: the facts that are billed in it, in the order of their time.</summary>
internal static class LineUsageSql
{
    // A parent's invoice says how many messages all of its companies had. Its own are as many as were counted.
    private const string FindLine = """
        select i.period,
               case
                   when l.company = $1 and l.kind = 'messages' then (
                       select count(*)
                       from fleet.usage_facts f
                       where f.tenant_id = $1
                         and f.is_folded
                         and f.billed_in = i.period
                         and f.kind in ('message_out', 'message_in'))
                   else i.message_volume
               end,
               i.credited_invoice, l.kind, coalesce(l.quantity, 0)::bigint, l.above, l.adjustment_id, l.company,
               (select count(*) from fleet.invoice_lines o where o.tenant_id = $1 and o.invoice_id = i.id and o.company = l.company and o.no <= l.no)::int,
               (a.content ->> 'trial_until')::date, t.time_zone
        from fleet.invoices i
        join fleet.tenants t on t.tenant_id = $1
        left join fleet.agreements a on a.tenant_id = $1 and a.version = i.agreement_version
        left join fleet.invoice_lines l on l.tenant_id = $1 and l.invoice_id = i.id and l.no = $3
        where i.tenant_id = $1
          and i.id = $2
        """;

    /// <returns>Null: there is no such invoice.</returns>
    public static Task<ExplainedLine?> FindLineAsync(TenantDb db, Guid invoice, int no, CancellationToken ct) => db.FindAsync(FindLine, Read, ct, P.Uuid(invoice), P.Number(no));

    private static ExplainedLine Read(NpgsqlDataReader row) => new(
        row.Day(0), row.GetInt64(1), row.GuidOrNull(2), row.TextOrNull(3), row.GetInt64(4), row.LongOrNull(5), row.GuidOrNull(6), row.TextOrNull(7) is { } company ? TenantId.Parse(company) : null, row.GetInt32(8),
        row.DayOrNull(9) is { } last && TimeZoneInfo.TryFindSystemTimeZoneById(row.GetString(10), out var zone) ? BillingPeriod.StartOf(last.AddDays(1), zone) : null);

    private const string FindStatedLine = """
        select i.period, i.message_volume, i.credited_invoice, l.kind, l.quantity::bigint, l.above, l.adjustment_id, l.company, l.no, (a.content ->> 'trial_until')::date, t.time_zone
        from fleet.invoices i
        join fleet.tenants t on t.tenant_id = $1
        left join fleet.agreements a on a.tenant_id = $1 and a.version = i.agreement_version
        join fleet.invoice_lines l on l.tenant_id = $1 and l.invoice_id = i.id and l.no = $4
        where i.tenant_id = $1
          and i.id = $2
          and i.paid_by = $3
        """;

    /// <summary>A line of a child's statement, or of its draft.</summary>
    /// <param name="paidBy">By whom.</param>
    /// <returns>Null: there is none.</returns>
    public static Task<ExplainedLine?> FindStatedLineAsync(TenantDb child, Guid statement, TenantId paidBy, int no, CancellationToken ct)
        => child.FindAsync(FindStatedLine, Read, ct, P.Uuid(statement), P.Text(paidBy.Value), P.Number(no));

    /// <param name="most">How many, of those after the position.</param>
    public static Task<List<LineUsage>> ListAsync(TenantDb db, ExplainedLine line, Position after, NpgsqlParameter most, CancellationToken ct) => line switch
    {
        { Kind: InvoiceLineKind.Messages } => ListMessagesAsync(db, line, after, most, ct),
        { Kind: InvoiceLineKind.Adjustment } => ListAdjustmentAsync(db, line.Adjustment, ct),
        { Kind: InvoiceLineKind.Credit } => Task.FromResult<List<LineUsage>>(line.CreditedInvoice is { } credited ? [new(LineUsageKind.Invoice, credited, null, null, null, false, null, null, null)] : []),
        { Kind: InvoiceLineKind.VolumeDiscount, Above: { } above } => ListDriversAsync(db, line, above, above + line.Quantity, after, most, ct),
        _ => ListDriversAsync(db, line, 0, long.MaxValue, after, most, ct),
    };

    // A bracket takes its part of how many there are; whose part it is follows from the order in which they became active. A driver of a trial's day who came late is in no line.
    private const string ListDrivers = """
        select d.source_id, d.at, d.is_late
        from (
            select f.source_id, f.at, f.period < f.billed_in as is_late, row_number() over (order by f.at, f.source_id) as place
            from fleet.usage_facts f
            where f.tenant_id = $1
              and f.is_folded
              and f.billed_in = $2
              and f.kind = 'driver_active'
              and (f.period >= f.billed_in or f.at >= coalesce($7::timestamptz, '-infinity'))) d
        where d.place > $3
          and d.place <= $4
          and (d.at, d.source_id) > ($5, $6)
        order by d.at, d.source_id
        limit $8
        """;

    private static Task<List<LineUsage>> ListDriversAsync(TenantDb db, ExplainedLine line, long above, long through, Position after, NpgsqlParameter most, CancellationToken ct)
        => db.ListAsync(ListDrivers, row => new LineUsage(LineUsageKind.Driver, row.GetGuid(0), null, null, row.Time(1), row.GetBoolean(2), null, null, null),
            ct, P.Day(line.Period), P.Big(above), P.Big(through), P.Time(after.Time), P.Uuid(after.Id), P.Time(line.FreeBefore), most);

    // Free are the first: those of a trial, whose days come before all others, and then what is included. So those after them are charged.
    private const string ListMessages = """
        with first_charged as (
            select f.at, f.source_id
            from fleet.usage_facts f
            where f.tenant_id = $1
              and f.is_folded
              and f.billed_in = $2
              and f.kind in ('message_out', 'message_in')
            order by f.at, f.source_id
            offset $3
            limit 1
        ), page as (
            (select f.source_id, f.at, f.kind, f.period < f.billed_in as is_late
             from fleet.usage_facts f
             where f.tenant_id = $1
               and f.is_folded
               and f.billed_in = $2
               and f.kind = 'message_out'
               and (f.at, f.source_id) > ($4, $5)
             order by f.at, f.source_id
             limit $6)
            union all
            (select f.source_id, f.at, f.kind, f.period < f.billed_in
             from fleet.usage_facts f
             where f.tenant_id = $1
               and f.is_folded
               and f.billed_in = $2
               and f.kind = 'message_in'
               and (f.at, f.source_id) > ($4, $5)
             order by f.at, f.source_id
             limit $6)
        )
        select p.source_id, m.driver_id, case p.kind when 'message_out' then 'outbound' else 'inbound' end, p.at, p.is_late, coalesce((p.at, p.source_id) >= (c.at, c.source_id), false)
        from page p
        left join fleet.message_logs m on m.tenant_id = $1 and m.id = p.source_id
        left join first_charged c on true
        order by p.at, p.source_id
        limit $6
        """;

    private static Task<List<LineUsage>> ListMessagesAsync(TenantDb db, ExplainedLine line, Position after, NpgsqlParameter most, CancellationToken ct)
        => db.ListAsync(ListMessages, row => new LineUsage(LineUsageKind.Message, row.GetGuid(0), row.GuidOrNull(1), row.GetString(2), row.Time(3), row.GetBoolean(4), row.GetBoolean(5), null, null),
            ct, P.Day(line.Period), P.Big(line.MessageVolume - line.Quantity), P.Time(after.Time), P.Uuid(after.Id), most);

    private const string FindAdjustment = """
        select id, text, created_by, created_at
        from fleet.invoice_adjustments
        where tenant_id = $1
          and id = $2
        """;

    private static Task<List<LineUsage>> ListAdjustmentAsync(TenantDb db, Guid? adjustment, CancellationToken ct)
        => db.ListAsync(FindAdjustment, row => new LineUsage(LineUsageKind.Adjustment, row.GetGuid(0), null, null, row.Time(3), false, null, row.GetString(1), row.GetString(2)), ct, P.Uuid(adjustment));
}
