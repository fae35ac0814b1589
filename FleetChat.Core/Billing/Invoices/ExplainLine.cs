using System.Runtime.CompilerServices;
using FleetChat.Core.Corporate;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Invoices;

/// <param name="No">The line's, from 1.</param>
/// <param name="By">Who looks, in the company; null: the installation's administrator, for whom no door is shut.</param>
public sealed record LineLook(TenantId Tenant, Guid Invoice, int No, Caller? By);

/// <param name="Pieces">So that no more than one is in memory.</param>
public sealed record LineUsageFile(IAsyncEnumerable<byte[]> Pieces);

/// <summary>
/// What a line of an invoice was made of: page by page, or all of it as CSV. Of a final invoice it is what was billed. A draft says what was true when it was
/// made, and what is behind it is what is counted now. A line of a parent's invoice that is a child's leads to what the child used: that is read as the child, by its statement,
/// and only while it is the parent's.
/// </summary>
public sealed class ExplainLine(TenantDbs dbs, ChildDoor door, Pages pages)
{
    private const int RowsAtOnce = 1000;

    public async Task<Result<Page<LineUsage>>> HandleAsync(LineLook look, PageRequest page, CancellationToken ct)
    {
        var window = await pages.OpenAsync(look.Tenant, $"line-usage:{look.Invoice:N}:{look.No}", Position.BeforeOldest, page, ct);
        if (!window.IsOk) return window.Error;
        return await FindAsync(look, async (db, line) =>
            window.Value.Page(await LineUsageSql.ListAsync(db, line, window.Value.After, window.Value.Rows, ct), PositionOf), ct);
    }

    /// <summary>Who may look when it begins reads it to its end.</summary>
    public Task<Result<LineUsageFile>> WriteCsvAsync(LineLook look, CancellationToken ct)
        => FindAsync(look, (db, line) => Task.FromResult(new LineUsageFile(PiecesAsync(dbs.For(db.Tenant), line, ct))), ct);

    private async Task<Result<T>> FindAsync<T>(LineLook look, Func<TenantDb, ExplainedLine, Task<T>> read, CancellationToken ct)
    {
        var own = dbs.For(look.Tenant);
        if (await LineUsageSql.FindLineAsync(own, look.Invoice, look.No, ct) is not { } line) return BillingErrors.InvoiceNotFound;
        if (line.Kind is null) return BillingErrors.LineNotFound;
        if (line.Company is not { } child || child == look.Tenant) return await read(own, line);
        if (look.By is { } by) return await door.LookInsideAsync(new(by, child.Value), db => ReadAsChildAsync(db, look.Tenant, line, read, ct), ct);
        return await ReadAsChildAsync(dbs.For(child), look.Tenant, line, read, ct);
    }

    // A parent's invoice has a child's lines in the order of its statement. Until the child's month has ended there is none, and not even a draft of it.
    private static async Task<Result<T>> ReadAsChildAsync<T>(TenantDb child, TenantId parent, ExplainedLine line, Func<TenantDb, ExplainedLine, Task<T>> read, CancellationToken ct)
        => await LineUsageSql.FindStatedLineAsync(child, InvoiceIds.Of(child.Tenant, line.Period), parent, line.Place, ct) is { } stated ? await read(child, stated) : BillingErrors.LineNotStated;

    private static async IAsyncEnumerable<byte[]> PiecesAsync(TenantDb db, ExplainedLine line, [EnumeratorCancellation] CancellationToken ct)
    {
        yield return Csv.Begin(LineUsage.Headers);
        var after = Position.BeforeOldest;
        List<LineUsage> rows;
        do
        {
            rows = await LineUsageSql.ListAsync(db, line, after, P.Number(RowsAtOnce), ct);
            if (rows.Count == 0) yield break;
            yield return Csv.Lines(rows.Select(row => row.Cells));
            after = PositionOf(rows[^1]);
        }
        while (rows.Count == RowsAtOnce);
    }

    private static Position PositionOf(LineUsage row) => new(row.At.GetValueOrDefault(), row.Id);
}
