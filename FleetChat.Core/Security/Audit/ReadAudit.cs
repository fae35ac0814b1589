using System.Runtime.CompilerServices;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Audit;

/// <summary>A whole chain in its order, a piece at a time: those from before it first.</summary>
public sealed class ReadAudit(TenantDbs dbs, SystemDb system)
{
    private const int Piece = 1000;

    /// <param name="tenant">Null: the platform's.</param>
    public async IAsyncEnumerable<AuditEntryView> HandleAsync(TenantId? tenant, [EnumeratorCancellation] CancellationToken ct)
    {
        if (tenant is { } of)
        {
            foreach (var entry in await AuditTrail.ListUnchainedAsync(dbs.For(of), ct)) yield return AuditEntryView.Of(new(entry, null, null));
        }
        await foreach (var entry in ReadChainAsync(tenant, ct)) yield return AuditEntryView.Of(entry);
    }

    internal async IAsyncEnumerable<ChainedEntry> ReadChainAsync(TenantId? tenant, [EnumeratorCancellation] CancellationToken ct)
    {
        for (var after = long.MinValue; ;)
        {
            var piece = tenant is { } of
                ? await dbs.For(of).ListAsync(List, ChainedEntry.Read, ct, P.Big(after), P.Number(Piece))
                : await system.ListAsync(ListOfPlatform, ChainedEntry.Read, ct, P.Big(after), P.Number(Piece));
            foreach (var entry in piece) yield return entry;
            if (piece.Count < Piece) yield break;
            after = piece[^1].Seq!.Value;
        }
    }

    private const string List = $"""
        select {ChainedEntry.Columns}
        from fleet.audit_entries
        where tenant_id = $1
          and seq > $2
        order by seq
        limit $3
        """;

    private const string ListOfPlatform = $"""
        select {ChainedEntry.Columns}
        from fleet.platform_audit_entries
        where seq > $1
        order by seq
        limit $2
        """;
}
