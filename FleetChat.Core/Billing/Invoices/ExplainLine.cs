using System.Runtime.CompilerServices;
using System.Text;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Invoices;

/// <param name="Pieces">So that no more than one is in memory.</param>
public sealed record LineUsageFile(IAsyncEnumerable<byte[]> Pieces);

/// <summary>
/// What a line of an invoice was made of: page by page, or all of it as CSV. Of a final invoice it is what was billed. A draft says what was true when it was
/// made, and what is behind it is what is counted now.
/// </summary>
public sealed class ExplainLine(TenantDbs dbs, Pages pages)
{
    private const int RowsAtOnce = 1000;

    /// <param name="no">The line's, from 1.</param>
    public async Task<Result<Page<LineUsage>>> HandleAsync(TenantId tenant, Guid invoice, int no, PageRequest page, CancellationToken ct)
    {
        var window = await pages.OpenAsync(tenant, $"line-usage:{invoice:N}:{no}", Position.BeforeOldest, page, ct);
        if (!window.IsOk) return window.Error;
        var db = dbs.For(tenant);
        var line = await FindAsync(db, invoice, no, ct);
        if (!line.IsOk) return line.Error;
        return window.Value.Page(await LineUsageSql.ListAsync(db, line.Value, window.Value.After, window.Value.Rows, ct), PositionOf);
    }

    public async Task<Result<LineUsageFile>> WriteCsvAsync(TenantId tenant, Guid invoice, int no, CancellationToken ct)
    {
        var db = dbs.For(tenant);
        var line = await FindAsync(db, invoice, no, ct);
        return line.IsOk ? new LineUsageFile(PiecesAsync(db, line.Value, ct)) : line.Error;
    }

    private static async Task<Result<ExplainedLine>> FindAsync(TenantDb db, Guid invoice, int no, CancellationToken ct)
    {
        if (await LineUsageSql.FindLineAsync(db, invoice, no, ct) is not { } line) return BillingErrors.InvoiceNotFound;
        return line.Kind is null ? BillingErrors.LineNotFound : line;
    }

    private static async IAsyncEnumerable<byte[]> PiecesAsync(TenantDb db, ExplainedLine line, [EnumeratorCancellation] CancellationToken ct)
    {
        // With a mark: Excel takes it for another encoding without.
        yield return Encoding.UTF8.GetBytes($"\uFEFF{ListImportRows.Line(LineUsage.Headers)}");
        var after = Position.BeforeOldest;
        List<LineUsage> rows;
        do
        {
            rows = await LineUsageSql.ListAsync(db, line, after, P.Number(RowsAtOnce), ct);
            if (rows.Count == 0) yield break;
            yield return Encoding.UTF8.GetBytes(string.Concat(rows.Select(row => ListImportRows.Line(row.Cells))));
            after = PositionOf(rows[^1]);
        }
        while (rows.Count == RowsAtOnce);
    }

    private static Position PositionOf(LineUsage row) => new(row.At.GetValueOrDefault(), row.Id);
}
