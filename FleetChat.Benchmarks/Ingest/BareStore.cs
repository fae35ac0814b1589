using FleetChat.Benchmarks.Fleet;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using Npgsql;

namespace FleetChat.Benchmarks.Ingest;

/// <summary>
/// What the tables allow: connections that do nothing but write the rows that storing an event writes, by the same statements, as the
/// same role under the same policies, an event a transaction. Nothing is received, checked, encrypted, nudged or processed.
/// </summary>
internal sealed class BareStore : IAsyncDisposable
{
    // As long as an encrypted event of the load's kind.
    private const int PayloadLength = 560;
    private const string SetTenant = "select set_config('app.tenant_id', $1, true)";

    private readonly NpgsqlDataSource _source;
    private readonly List<Writer> _writers = [];

    private BareStore(NpgsqlDataSource source) => _source = source;

    public static async Task<BareStore> OpenAsync(BenchmarkFleet fleet, int connections, CancellationToken ct)
    {
        var store = new BareStore(NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(fleet.Settings.Database.App) { NoResetOnClose = true }));
        for (var number = 0; number < connections; number++) store._writers.Add(await Writer.OpenAsync(store._source, fleet, number, ct));
        return store;
    }

    public Task StoreAsync(int connection, CancellationToken ct) => _writers[connection].WriteAsync(ct);

    public async ValueTask DisposeAsync()
    {
        foreach (var writer in _writers) await writer.DisposeAsync();
        await _source.DisposeAsync();
    }

    private sealed class Writer(NpgsqlConnection connection, NpgsqlBatch batch, BenchmarkFleet fleet, int first) : IAsyncDisposable
    {
        private readonly byte[] _payload = new byte[PayloadLength];
        private int _next = first;

        public static async Task<Writer> OpenAsync(NpgsqlDataSource source, BenchmarkFleet fleet, int first, CancellationToken ct)
        {
            var connection = await source.OpenConnectionAsync(ct);
            var batch = new NpgsqlBatch(connection);
            foreach (var sql in new[] { SetTenant, StoreItems.Insert, LaneSql.RaiseFlags }) batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
            var writer = new Writer(connection, batch, fleet, first);
            writer.Fill();
            await batch.PrepareAsync(ct);
            return writer;
        }

        public async Task WriteAsync(CancellationToken ct)
        {
            Fill();
            await batch.ExecuteNonQueryAsync(ct);
        }

        public async ValueTask DisposeAsync()
        {
            await batch.DisposeAsync();
            await connection.DisposeAsync();
        }

        private void Fill()
        {
            var tenant = fleet.Companies[_next++ % fleet.Companies.Count].Tenant;
            var (id, now, lane) = (TimeProvider.System.NewId(), TimeProvider.System.GetUtcNow(), (short)(_next % Lanes.PerTenant));
            var key = System.Security.Cryptography.SHA256.HashData(id.ToByteArray());
            Set(0, P.Text(tenant));
            Set(1, P.Text(tenant), P.Uuids([id]), P.Texts([InboxSource.Samsara]), P.Texts(["DvirSubmitted"]), P.ByteArrays([key]), P.ByteArrays([key]), P.Smalls([lane]), P.Smalls([1]),
                P.ByteArrays([_payload]), P.Texts([null]), P.Times([null]), P.Time(now), P.Day(DateOnly.FromDateTime(now.UtcDateTime)));
            Set(2, P.Text(tenant), P.Text(Lanes.ProcessStage), P.Smalls([lane]));
        }

        private void Set(int command, params NpgsqlParameter[] parameters)
        {
            var target = batch.BatchCommands[command].Parameters;
            if (target.Count == 0) Array.ForEach(parameters, parameter => target.Add(parameter));
            else for (var at = 0; at < parameters.Length; at++) target[at].Value = parameters[at].Value;
        }
    }
}
