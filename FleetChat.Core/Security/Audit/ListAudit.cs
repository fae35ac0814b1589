using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Audit;

/// <param name="Seq">Its number in the chain; null: from before there was one.</param>
/// <param name="Change">What was before and after, where that may be shown.</param>
/// <param name="Mac">Hexadecimal.</param>
public sealed record AuditEntryView(
    Guid Id, long? Seq, DateTimeOffset At, string Actor, string Action, string Subject, string Detail, JsonElement? Change, string? Address, string? CorrelationId, string? Mac)
{
    internal static AuditEntryView Of(ChainedEntry chained)
    {
        var entry = chained.Entry;
        return new(entry.Id, chained.Seq, entry.At, entry.Actor, entry.Action, entry.Subject, entry.Detail, entry.Change is { } change ? JsonDocument.Parse(change).RootElement : null,
            entry.Address, entry.Correlation, chained.Mac is { } mac ? Convert.ToHexStringLower(mac) : null);
    }
}

/// <summary>The tenant's audit trail, the newest first.</summary>
public sealed class ListAudit(TenantDbs dbs, Pages pages)
{
    public async Task<Result<Page<AuditEntryView>>> HandleAsync(TenantId tenant, PageRequest page, CancellationToken ct)
    {
        var window = await pages.OpenAsync(tenant, "audit", Position.BeforeNewest, page, ct);
        if (!window.IsOk) return window.Error;
        var rows = await ListAsync(dbs.For(tenant), window.Value, ct);
        return window.Value.Page(rows, entry => new(entry.At, entry.Id));
    }

    private const string List = $"""
        select {ChainedEntry.Columns}
        from fleet.audit_entries
        where tenant_id = $1
          and (at, id) < ($2, $3)
        order by at desc, id desc
        limit $4
        """;

    private static Task<List<AuditEntryView>> ListAsync(TenantDb db, PageWindow window, CancellationToken ct)
        => db.ListAsync(List, row => AuditEntryView.Of(ChainedEntry.Read(row)), ct, P.Time(window.After.Time), P.Uuid(window.After.Id), window.Rows);
}
