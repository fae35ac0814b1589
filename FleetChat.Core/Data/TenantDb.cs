using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Data;

/// <summary>
/// The door to tenants' rows, as the app's role. Row-level security shows only the rows of the tenant that
/// <c>app.tenant_id</c> names; the door sets it in the transaction of each statement, and <c>$1</c> is that tenant.
/// </summary>
/// <param name="audit">Null: nothing that is audited can be done here.</param>
public sealed class TenantDbs(NpgsqlDataSource app, AuditKey? audit = null)
{
    private readonly Lazy<bool> _prepares = new(() => new NpgsqlConnectionStringBuilder(app.ConnectionString).MaxAutoPrepare > 0);

    /// <summary>Each statement in a transaction of its own: one round trip.</summary>
    public TenantDb For(TenantId tenant) => new(app, tenant, _prepares.Value);

    /// <summary>As <see cref="For"/>, and nobody waits for the disk: a crash of Postgres may take back the last of what is written this way, and never a part of it.</summary>
    public TenantDb LazilyFor(TenantId tenant) => new(app, tenant, _prepares.Value, isLazy: true);

    /// <summary>Several statements in one transaction; the first brings BEGIN and the setting with it, in the same round trip.</summary>
    public async Task<TenantTransaction> BeginAsync(TenantId tenant, CancellationToken ct)
    {
        var connection = await app.OpenConnectionAsync(ct);
        try
        {
            return new(connection, await connection.BeginTransactionAsync(ct), tenant, _prepares.Value, audit);
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
    internal const string SetTenant = "select set_config('app.tenant_id', $1, true)";

    // What is prepared is planned once, and not for each company anew: planning takes longer than running, ten times longer where the
    // inbox has many days, and every statement begins with its tenant, so that one plan fits all.
    private const string PlanOnce = ", set_config('plan_cache_mode', 'force_generic_plan', true)";
    private const string CommitLazily = ", set_config('synchronous_commit', 'off', true)";

    private readonly NpgsqlDataSource? _source;
    private readonly bool _prepares;
    private readonly bool _isLazy;

    internal TenantDb(NpgsqlDataSource? source, TenantId tenant, bool prepares, bool isLazy = false)
        => (_source, Tenant, _prepares, _isLazy) = (source, tenant, prepares, isLazy);

    public TenantId Tenant { get; }

    /// <summary>What is worked on (<see cref="Monitoring.Causes"/>): whatever is written names it. Null for a request from outside.</summary>
    internal string? Cause { get; set; }

    /// <returns>The number of rows changed.</returns>
    public async Task<int> ExecuteAsync(string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        var command = Command(sql, parameters);
        await using var reader = await ReadBatchAsync(new NpgsqlBatch { BatchCommands = { command } }, ct);
        await reader.Rows.CloseAsync();
        return Math.Max(0, command.RecordsAffected);
    }

    /// <summary>
    /// For what nobody waits for, and what returns no rows. In a <see cref="TenantTransaction"/> it goes to the server with the next
    /// statement, before it; if it fails, that one does, or <see cref="TenantTransaction.FlushAsync"/>, or the commit.
    /// </summary>
    public virtual Task WriteAsync(string sql, CancellationToken ct, params NpgsqlParameter[] parameters) => ExecuteAsync(sql, ct, parameters);

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

    /// <summary>Whether something waits for the commit, which then is no statement of a batch.</summary>
    internal virtual bool HasMoreAtCommit => false;

    /// <inheritdoc cref="TenantBatch.AddAtCommit"/>
    internal virtual void WriteAtCommit(string sql, NpgsqlParameter[] parameters) => throw new InvalidOperationException("only a transaction has a commit that something can wait for");

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
    {
        var setting = new NpgsqlBatchCommand(_prepares ? (_isLazy ? SetTenant + PlanOnce + CommitLazily : SetTenant + PlanOnce) : _isLazy ? SetTenant + CommitLazily : SetTenant);
        setting.Parameters.Add(P.Text(Tenant.Value));
        batch.BatchCommands.Insert(0, setting);
    }

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
    private readonly AuditKey? _auditKey;
    private readonly List<NpgsqlBatchCommand> _deferred = [];
    private readonly List<AuditEntry> _audits = [];
    private readonly List<NpgsqlBatchCommand> _last = [];
    private readonly Dictionary<string, (int Audits, int Last)> _at = [];
    private long _anchored;
    private bool _tenantIsSet;

    internal TenantTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction, TenantId tenant, bool prepares, AuditKey? auditKey)
        : base(null, tenant, prepares) => (_connection, _transaction, _auditKey) = (connection, transaction, auditKey);

    internal override bool HasMoreAtCommit => _audits.Count + _last.Count > 0;

    internal override void WriteAtCommit(string sql, NpgsqlParameter[] parameters) => _last.Add(Command(sql, parameters));

    /// <summary>
    /// What is done here, for the tenant's audit trail. It is written by <see cref="CommitAsync"/>, as the last of the transaction: others of
    /// the tenant wait for the end of its chain, and nobody waits for anything else while he has that.
    /// </summary>
    /// <param name="actor">Such as <c>api_key:{key id}</c>.</param>
    /// <param name="subject">An id of what it was done to; like the detail and the change never a name, a number, a secret or a text that somebody wrote.</param>
    public void Audit(TimeProvider time, string actor, string action, string subject, string detail = "", AuditChange? change = null)
        => _audits.Add(AuditEntry.Of(time, actor, action, subject, detail, change));

    /// <summary>As <see cref="Audit"/>, behind entries that the database lost.</summary>
    /// <param name="anchored">The last number of the chain that an anchor has seen.</param>
    internal void AuditBehind(long anchored, AuditEntry entry)
    {
        _audits.Add(entry);
        _anchored = anchored;
    }

    public override Task WriteAsync(string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        _deferred.Add(Command(sql, parameters));
        return Task.CompletedTask;
    }

    /// <summary>What was written is done, or this fails.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        if (_deferred.Count == 0) return;
        await using var reader = await ReadBatchAsync(new NpgsqlBatch(), ct);
        await reader.Rows.CloseAsync();
    }

    public async Task CommitAsync(CancellationToken ct)
    {
        await TellAsync(ct);
        _deferred.AddRange(_last);
        _last.Clear();
        if (_deferred.Count == 0)
        {
            await _transaction.CommitAsync(ct);
            return;
        }
        _deferred.Add(new NpgsqlBatchCommand(TenantBatch.CommitCommand));
        await FlushAsync(ct);
    }

    /// <summary>A point to come back to with <see cref="RollbackToAsync"/>. The setting of the tenant must stand before it.</summary>
    public async Task SaveAsync(string savepoint, CancellationToken ct)
    {
        // What was deferred before it is not to be undone with what comes after it.
        await FlushAsync(ct);
        _deferred.Add(new NpgsqlBatchCommand(SavepointOf(savepoint)));
        _at[savepoint] = (_audits.Count, _last.Count);
    }

    public async Task RollbackToAsync(string savepoint, CancellationToken ct)
    {
        var isUnsent = _deferred is [var first, ..] && first.CommandText == SavepointOf(savepoint);
        _deferred.Clear();
        var (audits, last) = _at[savepoint];
        _audits.RemoveRange(audits, _audits.Count - audits);
        _last.RemoveRange(last, _last.Count - last);
        if (!isUnsent) await _transaction.RollbackAsync(savepoint, ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task TellAsync(CancellationToken ct)
    {
        if (_audits.Count == 0) return;
        if (_auditKey is null) throw new InvalidOperationException("what is audited needs the chain's key");
        await AuditTrail.AppendAsync(this, await _auditKey.GetAsync(ct), _audits, _anchored, ct);
        _audits.Clear();
    }

    private static string SavepointOf(string name) => $"savepoint {name}";

    internal override async Task<TenantReader> ReadBatchAsync(NpgsqlBatch batch, CancellationToken ct)
    {
        batch.Connection = _connection;
        batch.Transaction = _transaction;
        for (var at = 0; at < _deferred.Count; at++) batch.BatchCommands.Insert(at, _deferred[at]);
        if (_tenantIsSet) return new(await SendAsync(batch, ct), batch, null);
        PrependSetting(batch);
        var rows = await SendAsync(batch, ct);
        _tenantIsSet = true;
        await rows.NextResultAsync(ct);
        return new(rows, batch, null);
    }

    private async Task<NpgsqlDataReader> SendAsync(NpgsqlBatch batch, CancellationToken ct)
    {
        try
        {
            var rows = await batch.ExecuteReaderAsync(ct);
            _deferred.Clear();
            return rows;
        }
        catch (NpgsqlException)
        {
            // It was the server that refused it; what is refused before it is sent stays deferred.
            _deferred.Clear();
            throw;
        }
    }
}

/// <summary>Statements that go to the server together.</summary>
public sealed class TenantBatch : IAsyncDisposable
{
    private readonly TenantDb _db;
    private readonly NpgsqlBatch _batch = new();

    internal const string CommitCommand = "commit";

    internal TenantBatch(TenantDb db) => _db = db;

    public int Count => _batch.BatchCommands.Count;

    public TenantBatch Add(string sql, params NpgsqlParameter[] parameters)
    {
        _batch.BatchCommands.Add(_db.Command(sql, parameters));
        return this;
    }

    /// <summary>
    /// For what everybody else waits for until the commit, and what returns no rows: it goes to the server in one round trip with <see cref="TenantTransaction.CommitAsync"/>, after all
    /// else, the audit trail too. Until then it is not done.
    /// </summary>
    public TenantBatch AddAtCommit(string sql, params NpgsqlParameter[] parameters)
    {
        _db.WriteAtCommit(sql, parameters);
        return this;
    }

    /// <summary>Ends the transaction, in the same round trip: it is committed once all rows are read.</summary>
    public TenantBatch AddCommit()
    {
        if (_db.HasMoreAtCommit) throw new InvalidOperationException($"what waits for the commit is committed by {nameof(TenantTransaction.CommitAsync)}");
        _batch.BatchCommands.Add(new NpgsqlBatchCommand(CommitCommand));
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
