using System.Runtime.CompilerServices;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Data;

/// <summary>
/// The door to tenants' rows, as the app's role. Row-level security shows only the rows of the tenant that
/// <c>app.tenant_id</c> names; the door sets it in the transaction of each statement, and <c>$1</c> is that tenant.
/// </summary>
public sealed class TenantDbs(NpgsqlDataSource app)
{
    /// <summary>Each statement in a transaction of its own: one round trip.</summary>
    public TenantDb For(TenantId tenant) => new(app, tenant);

    /// <summary>Several statements in one transaction; the first brings BEGIN and the setting with it, in the same round trip.</summary>
    public async Task<TenantTransaction> BeginAsync(TenantId tenant, CancellationToken ct)
    {
        var connection = await app.OpenConnectionAsync(ct);
        try
        {
            return new(connection, await connection.BeginTransactionAsync(ct), tenant);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}

/// <summary>Statements of one tenant. <c>$1</c> is the tenant in every one; the parameters given follow as <c>$2</c>, <c>$3</c> ...</summary>
public class TenantDb
{
    internal const string SetTenant = """
        select set_config('app.tenant_id', $1, true)
        """;

    private readonly NpgsqlDataSource? _source;

    internal TenantDb(NpgsqlDataSource? source, TenantId tenant) => (_source, Tenant) = (source, tenant);

    public TenantId Tenant { get; }

    /// <summary>What is worked on (<see cref="Monitoring.Causes"/>): whatever is written names it. Null for a request from outside.</summary>
    internal string? Cause { get; set; }

    /// <returns>The number of rows changed.</returns>
    public async Task<int> ExecuteAsync(string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var reader = await ReadAsync(sql, parameters, ct);
        await reader.Rows.CloseAsync();
        return reader.Rows.RecordsAffected is var changed and >= 0 ? changed : 0;
    }

    public async Task<List<T>> ListAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var reader = await ReadAsync(sql, parameters, ct);
        var rows = new List<T>();
        while (await reader.Rows.ReadAsync(ct)) rows.Add(read(reader.Rows));
        return rows;
    }

    public async Task<T?> FindAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var reader = await ReadAsync(sql, parameters, ct);
        return await reader.Rows.ReadAsync(ct) ? read(reader.Rows) : default;
    }

    /// <summary>Several statements in one round trip (outside a <see cref="TenantTransaction"/> also in one transaction).</summary>
    public TenantBatch Batch() => new(this);

    internal virtual async Task<TenantReader> ReadBatchAsync(NpgsqlBatch batch, CancellationToken ct)
    {
        var connection = await _source!.OpenConnectionAsync(ct);
        try
        {
            batch.Connection = connection;
            PrependSetting(batch);
            var rows = await batch.ExecuteReaderAsync(ct);
            await rows.NextResultAsync(ct);
            return new(rows, batch, connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    protected void PrependSetting(NpgsqlBatch batch)
        => batch.BatchCommands.Insert(0, new NpgsqlBatchCommand(SetTenant) { Parameters = { P.Text(Tenant.Value) } });

    internal NpgsqlBatchCommand Command(string sql, NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql) { Parameters = { P.Text(Tenant.Value) } };
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    private async Task<TenantReader> ReadAsync(string sql, NpgsqlParameter[] parameters, CancellationToken ct)
        => await ReadBatchAsync(new NpgsqlBatch { BatchCommands = { Command(sql, parameters) } }, ct);
}

/// <summary>One transaction of one tenant. Disposed without <see cref="CommitAsync"/> it is rolled back.</summary>
public sealed class TenantTransaction : TenantDb, IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private bool _tenantIsSet;

    internal TenantTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction, TenantId tenant)
        : base(null, tenant) => (_connection, _transaction) = (connection, transaction);

    public Task CommitAsync(CancellationToken ct) => _transaction.CommitAsync(ct);

    /// <summary>A point to come back to with <see cref="RollbackToAsync"/>. The setting of the tenant must stand before it.</summary>
    public Task SaveAsync(string savepoint, CancellationToken ct) => _transaction.SaveAsync(savepoint, ct);

    public Task RollbackToAsync(string savepoint, CancellationToken ct) => _transaction.RollbackAsync(savepoint, ct);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    internal override async Task<TenantReader> ReadBatchAsync(NpgsqlBatch batch, CancellationToken ct)
    {
        batch.Connection = _connection;
        batch.Transaction = _transaction;
        if (_tenantIsSet) return new(await batch.ExecuteReaderAsync(ct), batch, null);
        PrependSetting(batch);
        var rows = await batch.ExecuteReaderAsync(ct);
        _tenantIsSet = true;
        await rows.NextResultAsync(ct);
        return new(rows, batch, null);
    }
}

/// <summary>Statements that go to the server together.</summary>
public sealed class TenantBatch : IAsyncDisposable
{
    private readonly TenantDb _db;
    private readonly NpgsqlBatch _batch = new();

    internal TenantBatch(TenantDb db) => _db = db;

    public int Count => _batch.BatchCommands.Count;

    public TenantBatch Add(string sql, params NpgsqlParameter[] parameters)
    {
        _batch.BatchCommands.Add(_db.Command(sql, parameters));
        return this;
    }

    public ValueTask DisposeAsync() => _batch.DisposeAsync();

    /// <summary>Runs them; rows that they return are passed over.</summary>
    public async Task ExecuteAsync(CancellationToken ct)
    {
        if (Count == 0) return;
        await using var reader = await _db.ReadBatchAsync(_batch, ct);
        while (await reader.Rows.NextResultAsync(ct)) { }
    }

    /// <summary>Runs them and reads each statement's rows in turn: <see cref="TenantReader.ListAsync"/> goes on to the next.</summary>
    public Task<TenantReader> ReadAsync(CancellationToken ct) => _db.ReadBatchAsync(_batch, ct);
}

/// <summary>Rows on their way. Holds the connection until disposed.</summary>
public sealed class TenantReader : IAsyncDisposable
{
    private readonly NpgsqlBatch _batch;
    private readonly NpgsqlConnection? _connection;

    internal TenantReader(NpgsqlDataReader rows, NpgsqlBatch batch, NpgsqlConnection? connection)
        => (Rows, _batch, _connection) = (rows, batch, connection);

    internal NpgsqlDataReader Rows { get; }

    /// <summary>The rows of the current statement; then stands at the next statement that returns rows.</summary>
    public async Task<List<T>> ListAsync<T>(Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var rows = new List<T>();
        while (await Rows.ReadAsync(ct)) rows.Add(read(Rows));
        await Rows.NextResultAsync(ct);
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await Rows.DisposeAsync();
        await _batch.DisposeAsync();
        if (_connection is not null) await _connection.DisposeAsync();
    }
}
