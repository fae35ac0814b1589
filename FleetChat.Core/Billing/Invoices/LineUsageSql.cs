using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>A line, and what of its invoice says what is behind it.</summary>
/// <param name="MessageVolume">All messages of the invoice's month.</param>
/// <param name="CreditedInvoice">Of a credit note.</param>
/// <param name="Kind">Null: the invoice has no such line.</param>
/// <param name="Above">Of a volume discount: its bracket begins above so many drivers; null: nobody noted it.</param>
internal sealed record ExplainedLine(DateOnly Period, long MessageVolume, Guid? CreditedInvoice, string? Kind, long Quantity, long? Above, Guid? Adjustment);

/// <summary>What is behind a line is what was counted into its month: the facts that are billed in it, in the order of their time.</summary>
internal static class LineUsageSql
{
    private const string FindLine = """
        select i.period, i.message_volume, i.credited_invoice, l.kind, coalesce(l.quantity, 0)::bigint, l.above, l.adjustment_id
        from fleet.invoices i
        left join fleet.invoice_lines l on l.tenant_id = $1 and l.invoice_id = i.id and l.no = $3
        where i.tenant_id = $1
          and i.id = $2
        """;

    /// <returns>Null: there is no such invoice.</returns>
    public static Task<ExplainedLine?> FindLineAsync(TenantDb db, Guid invoice, int no, CancellationToken ct)
        => db.FindAsync(FindLine, row => new ExplainedLine(row.Day(0), row.GetInt64(1), row.GuidOrNull(2), row.TextOrNull(3), row.GetInt64(4), row.LongOrNull(5), row.GuidOrNull(6)),
            ct, P.Uuid(invoice), P.Number(no));

    /// <param name="most">How many, of those after the position.</param>
    public static Task<List<LineUsage>> ListAsync(TenantDb db, ExplainedLine line, Position after, NpgsqlParameter most, CancellationToken ct) => line switch
    {
        { Kind: InvoiceLineKind.Messages } => ListMessagesAsync(db, line, after, most, ct),
        { Kind: InvoiceLineKind.Adjustment } => ListAdjustmentAsync(db, line.Adjustment, ct),
        { Kind: InvoiceLineKind.Credit } => Task.FromResult<List<LineUsage>>(line.CreditedInvoice is { } credited ? [new(LineUsageKind.Invoice, credited, null, null, null, false, null, null, null)] : []),
        { Kind: InvoiceLineKind.VolumeDiscount, Above: { } above } => ListDriversAsync(db, line.Period, above, above + line.Quantity, after, most, ct),
        _ => ListDriversAsync(db, line.Period, 0, long.MaxValue, after, most, ct),
    };

    // A bracket takes its part of how many there are; whose part it is follows from the order in which they became active.
    private const string ListDrivers = """
        select d.source_id, d.at, d.is_late
        from (
            select f.source_id, f.at, f.period < f.billed_in as is_late, row_number() over (order by f.at, f.source_id) as place
            from fleet.usage_facts f
            where f.tenant_id = $1
              and f.is_folded
              and f.billed_in = $2
              and f.kind = 'driver_active') d
        where d.place > $3
          and d.place <= $4
          and (d.at, d.source_id) > ($5, $6)
        order by d.at, d.source_id
        limit $7
        """;

    private static Task<List<LineUsage>> ListDriversAsync(TenantDb db, DateOnly period, long above, long through, Position after, NpgsqlParameter most, CancellationToken ct)
        => db.ListAsync(ListDrivers, row => new LineUsage(LineUsageKind.Driver, row.GetGuid(0), null, null, row.Time(1), row.GetBoolean(2), null, null, null),
            ct, P.Day(period), P.Big(above), P.Big(through), P.Time(after.Time), P.Uuid(after.Id), most);

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
