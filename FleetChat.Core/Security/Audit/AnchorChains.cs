using System.Globalization;
using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Security.Audit;

/// <summary>Notes outside the database where each chain ends that has grown since this process last looked.</summary>
public sealed class AnchorChains(SystemDb system, IAnchorStore store) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Dictionary<string, long> _anchored = [];
    // Real time, and an id of this process: what the clock of the business says is of no use here.
    private readonly string _process = TimeProvider.System.NewId().ToString("N");

    /// <returns>How many were noted.</returns>
    public async Task<int> HandleAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            var now = TimeProvider.System.GetUtcNow();
            var grown = (await ListAsync(system, ct)).Where(head => head.Head.Seq > _anchored.GetValueOrDefault(head.Chain)).ToList();
            if (grown.Count == 0) return 0;
            var file = string.Create(CultureInfo.InvariantCulture, $"{now:yyyyMMdd}-{_process}");
            await store.AppendAsync(file, [.. grown.Select(g => new Anchor(g.Chain, g.Head.Seq, g.Head.Mac, now))], ct);
            foreach (var (chain, head) in grown) _anchored[chain] = head.Seq;
            return grown.Count;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private const string ListHeads = $"""
        select tenant_id, seq, mac
        from fleet.audit_heads
        union all
        select '{AuditChain.Platform}', seq, mac
        from fleet.platform_audit_head
        """;

    internal static Task<List<(string Chain, ChainHead Head)>> ListAsync(SystemDb db, CancellationToken ct)
        => db.ListAsync(ListHeads, row => (row.GetString(0), Read(row)), ct);

    private static ChainHead Read(NpgsqlDataReader row) => new(row.GetInt64(1), row.Bytes(2));
}
