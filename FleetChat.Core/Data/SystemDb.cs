using FleetChat.Core.Security.Audit;
using Npgsql;

namespace FleetChat.Core.Data;

/// <summary>
/// The door for routing and sweeps, as the system role: which tenant something belongs to, and which lane has work.
/// It sees ids, lanes, states and due times of all tenants, and no contents.
/// </summary>
/// <param name="audit">Null: nothing that is audited can be done here.</param>
public sealed class SystemDb(NpgsqlDataSource system, AuditKey? audit = null)
{
    public async Task<int> ExecuteAsync(string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>What is done for the platform and no tenant: one statement, in one transaction with its entry in the platform's audit trail.</summary>
    /// <returns>The number of rows changed; if none, nothing is in the trail.</returns>
    internal Task<int> ActAsync(AuditEntry entry, string sql, CancellationToken ct, params NpgsqlParameter[] parameters) => ActBehindAsync(0, entry, sql, ct, parameters);

    /// <inheritdoc cref="ActAsync"/>
    /// <param name="anchored">The last number of the platform's chain that an anchor has seen, where the database lost its end.</param>
    internal async Task<int> ActBehindAsync(long anchored, AuditEntry entry, string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        if (audit is null) throw new InvalidOperationException("what is audited needs the chain's key");
        var act = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) act.Parameters.Add(parameter);
        return await PlatformTrail.ActAsync(system, await audit.GetAsync(ct), entry, act, anchored, ct);
    }

    public async Task<List<T>> ListAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(read(reader));
        return rows;
    }

    public async Task<T?> FindAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? read(reader) : default;
    }

    private NpgsqlCommand Command(string sql, NpgsqlParameter[] parameters)
    {
        var command = system.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }
}
