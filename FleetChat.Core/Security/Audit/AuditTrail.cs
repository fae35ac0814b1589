using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Security.Audit;

/// <summary>
/// Adds to a tenant's chain. The chain's end is locked by the last statements of a transaction, so that two of one tenant wait for
/// each other's commit and for nothing else, and nobody who holds it waits for another lock than a number's, whose holder has nothing left but his commit.
/// </summary>
internal static class AuditTrail
{
    /// <summary>What is written goes to the server with the commit.</summary>
    /// <param name="anchored">Of a chain whose end the database lost: the last number that an anchor has seen.</param>
    public static async Task AppendAsync(TenantTransaction db, byte[] key, IReadOnlyList<AuditEntry> entries, long anchored, CancellationToken ct)
    {
        var chain = db.Tenant.Value;
        var head = AuditChain.Behind(await LockAsync(db, ct), anchored);
        if (head.Seq == 0) entries = await BeginAsync(db, entries, ct);
        var (chained, end) = AuditChain.Continue(key, chain, head, entries);
        foreach (var entry in chained) await db.WriteAsync(Insert, ct, entry.Parameters);
        await db.WriteAsync(Move, ct, P.Big(end.Seq), P.Bytes(end.Mac));
    }

    // A chain that is not there yet begins here, and two who begin it wait for each other too.
    private const string Lock = """
        insert into fleet.audit_heads as h (tenant_id, seq, mac)
        values ($1, 0, $2)
        on conflict (tenant_id) do update
        set seq = h.seq
        returning h.seq, h.mac
        """;

    private static async Task<ChainHead> LockAsync(TenantTransaction db, CancellationToken ct)
        => (await db.FindAsync(Lock, row => new ChainHead(row.GetInt64(0), row.Bytes(1)), ct, P.Bytes(ChainHead.None.Mac)))!;

    private static async Task<IReadOnlyList<AuditEntry>> BeginAsync(TenantTransaction db, IReadOnlyList<AuditEntry> entries, CancellationToken ct)
    {
        var unchained = await ListUnchainedAsync(db, ct);
        if (unchained.Count == 0) return entries;
        return [AuditChain.First(db.Tenant.Value, entries[0].At, unchained), .. entries];
    }

    private const string ListUnchained = $"""
        select {ChainedEntry.Columns}
        from fleet.audit_entries
        where tenant_id = $1
          and seq is null
        order by at, id
        """;

    public static async Task<IReadOnlyList<AuditEntry>> ListUnchainedAsync(TenantDb db, CancellationToken ct)
        => (await db.ListAsync(ListUnchained, ChainedEntry.Read, ct)).ConvertAll(e => e.Entry);

    private const string Insert = """
        insert into fleet.audit_entries (tenant_id, seq, id, at, actor, action, subject, detail, change, address, correlation, mac)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """;

    private const string Move = """
        update fleet.audit_heads
        set seq = $2, mac = $3
        where tenant_id = $1
        """;
}

/// <summary>The chain of what concerns no tenant, in the system's role.</summary>
internal static class PlatformTrail
{
    /// <summary>One act and its entry, in one transaction.</summary>
    /// <returns>How many rows the act changed; if none, nothing was done and nothing is told.</returns>
    /// <param name="anchored">Of a chain whose end the database lost: the last number that an anchor has seen.</param>
    public static async Task<int> ActAsync(NpgsqlDataSource system, byte[] key, AuditEntry entry, NpgsqlBatchCommand act, long anchored, CancellationToken ct)
    {
        await using var connection = await system.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var doing = new NpgsqlBatch(connection, transaction) { BatchCommands = { act } };
        var changed = await doing.ExecuteNonQueryAsync(ct);
        if (changed <= 0) return 0;
        var (chained, end) = AuditChain.Continue(key, AuditChain.Platform, AuditChain.Behind(await LockAsync(connection, transaction, ct), anchored), [entry]);
        await using var telling = new NpgsqlBatch(connection, transaction) { BatchCommands = { Command(Insert, chained[0].Parameters), Command(Move, P.Big(end.Seq), P.Bytes(end.Mac)) } };
        await telling.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return changed;
    }

    private const string Lock = """
        select seq, mac
        from fleet.platform_audit_head
        for no key update
        """;

    private static async Task<ChainHead> LockAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Lock, connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new(reader.GetInt64(0), reader.Bytes(1));
    }

    private const string Insert = """
        insert into fleet.platform_audit_entries (seq, id, at, actor, action, subject, detail, change, address, correlation, mac)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """;

    private const string Move = """
        update fleet.platform_audit_head
        set seq = $1, mac = $2
        """;

    private static NpgsqlBatchCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }
}
