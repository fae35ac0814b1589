using System.Diagnostics;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FleetChat.Core.Inbox;

/// <param name="Process">Lanes that have more to process.</param>
/// <param name="Send">Lanes of the sender that got work.</param>
public sealed record LaneWork(IReadOnlyList<Nudge> Process, IReadOnlyList<Nudge> Send);

/// <summary>
/// Turns a lane's stored facts into changes and messages, a batch in a transaction. One worker at a time holds the lane; that
/// keeps order and spares conflicts, but nothing rests on it: a row is locked while it is processed, and done with its effects.
/// </summary>
public sealed partial class ProcessLane(
    TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, IEnumerable<IInboxHandler> handlers, TimeProvider time, ILogger<ProcessLane> logger)
{
    private const int BatchSize = 50;
    private const int MostAttempts = 5;
    private const string Savepoint = "inbox_row";
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    // Well below the queue's and the lease's time: what is left then is nudged anew.
    private static readonly TimeSpan WorkingTime = TimeSpan.FromSeconds(15);

    private readonly IInboxHandler[] _handlers = [.. handlers];

    public async Task<LaneWork> HandleAsync(Nudge nudge, CancellationToken ct)
    {
        var (db, token, send) = (dbs.For(nudge.Tenant), time.NewId(), new HashSet<Nudge>());
        await LaneSql.LowerFlagAsync(db, Lanes.ProcessStage, nudge.Lane, ct);
        if (!await TryTakeLaneAsync(db, nudge.Lane, token, ct)) return new([], []);

        var watch = Stopwatch.StartNew();
        do
        {
            while (await ProcessBatchAsync(nudge, send, ct) == BatchSize)
            {
                if (watch.Elapsed > WorkingTime || !await LaneSql.TryExtendAsync(db, Lanes.ProcessStage, nudge.Lane, token, Lease, ct))
                {
                    await LaneSql.ReleaseAsync(db, Lanes.ProcessStage, nudge.Lane, token, ct);
                    return new([nudge], [.. send]);
                }
            }
        }
        while (await LaneSql.MustLookAgainAsync(db, Lanes.ProcessStage, nudge.Lane, token, Lease, ct));
        return new([], [.. send]);
    }

    // Held by another worker: he is asked to look again. Released between the two questions: it can be taken after all.
    private static async Task<bool> TryTakeLaneAsync(TenantDb db, short lane, Guid token, CancellationToken ct)
        => await LaneSql.TryTakeLeaseAsync(db, Lanes.ProcessStage, lane, token, Lease, ct)
           || (!await LaneSql.TryAskHolderAsync(db, Lanes.ProcessStage, lane, ct)
               && await LaneSql.TryTakeLeaseAsync(db, Lanes.ProcessStage, lane, token, Lease, ct));

    /// <returns>How many rows were looked at.</returns>
    private async Task<int> ProcessBatchAsync(Nudge nudge, HashSet<Nudge> send, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(nudge.Tenant, ct);
        var claimed = await InboxSql.ClaimAsync(db, nudge.Lane, time.GetUtcNow(), BatchSize, ct);
        if (claimed.Count == 0) return 0;

        var key = await keys.GetAsync(nudge.Tenant, ct);
        var tenant = await settings.FindAsync(nudge.Tenant, ct) ?? throw new InvalidOperationException($"tenant {nudge.Tenant} is gone");
        var rows = claimed.ConvertAll(row => Open(row, key));
        await LockAsync(db, key, rows, ct);

        var processing = new Processing(db, key, tenant, time);
        var results = new List<InboxResult>(rows.Count);
        foreach (var row in rows) results.Add(await ProcessRowAsync(row, processing, ct));

        foreach (var lane in await FinishAsync(db, results, processing, ct)) send.Add(new(nudge.Tenant, lane));
        return rows.Count;
    }

    private async Task<InboxResult> ProcessRowAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        if (Find(row) is not { } handler) return Done("ignored: no rule");
        await processing.Db.SaveAsync(Savepoint, ct);
        try
        {
            return Done(await handler.HandleAsync(row, processing, ct));
        }
        catch (Exception exception) when (exception is not OperationCanceledException && IsOfTheRow(exception))
        {
            await processing.Db.RollbackToAsync(Savepoint, ct);
            return Failed(row, exception);
        }

        InboxResult Done(string outcome)
        {
            Log.Decided(logger, processing.Settings.Tenant, row.Kind, row.ExternalId, outcome);
            return new(row, "done", outcome, null);
        }
    }

    // A lost connection says nothing about the row: the whole batch goes back and is tried again.
    private static bool IsOfTheRow(Exception exception) => exception is not NpgsqlException || exception is PostgresException { SqlState: not ['5', '7', ..] };

    private InboxResult Failed(InboxRow row, Exception exception)
    {
        var attempts = row.Attempts + 1;
        // The type and the database's code only: a message may quote what somebody wrote.
        var reason = exception is PostgresException postgres ? $"{exception.GetType().Name} {postgres.SqlState} {postgres.ConstraintName}" : exception.GetType().Name;
        var parked = attempts >= MostAttempts;
        Log.Failed(logger, row.Kind, row.ExternalId, attempts, parked, exception);
        return new(row, parked ? "parked" : "pending", $"failed: {reason}", parked ? null : time.GetUtcNow() + TimeSpan.FromSeconds(5 << attempts));
    }

    private async Task<List<short>> FinishAsync(TenantTransaction db, List<InboxResult> results, Processing processing, CancellationToken ct)
    {
        await using var batch = db.Batch().Add(LaneSql.RaiseFlags, P.Text(Lanes.SendStage), P.Smalls([.. processing.SendLanes]));
        batch.Add(InboxSql.Finish, InboxSql.FinishParameters(results, time.GetUtcNow()));
        foreach (var parked in results.Where(r => r.Status == "parked"))
            batch.Add(Alerts.Raise, Alerts.Parameters(time, "inbox.parked", Alerts.Critical, parked.Row.Id.ToString()));
        List<short> lanes;
        await using (var reader = await batch.ReadAsync(ct)) lanes = await reader.ListAsync(row => row.GetInt16(0), ct);
        await db.CommitAsync(ct);
        return lanes;
    }

    private Task LockAsync(TenantTransaction db, DataKey key, List<InboxRow> rows, CancellationToken ct)
    {
        var concerns = rows.ConvertAll(row => Find(row)?.ConcernsOf(row) ?? Concerns.Nobody);
        var identities = concerns.SelectMany(c => c.Identities).Distinct().ToArray();
        return InboxSql.LockAsync(db, [.. concerns.SelectMany(c => c.SamsaraDriverIds).Distinct()],
            Array.ConvertAll(identities, i => i.Kind), Array.ConvertAll(identities, i => i.Index(key)), ct);
    }

    private IInboxHandler? Find(InboxRow row) => Array.Find(_handlers, h => h.Handles(row.Source, row.Kind));

    private static InboxRow Open(SealedInboxRow row, DataKey key)
    {
        using var json = JsonDocument.Parse(key.Decrypt(EncryptedColumns.InboxPayload, row.Id.ToString("N"), row.Payload));
        return new(row.Day, row.Id, row.Source, row.Kind, row.ExternalId, row.ReceivedAt, row.Attempts, json.RootElement.Clone());
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Kind} {ExternalId} of {TenantId}: {Outcome}")]
        public static partial void Decided(ILogger logger, TenantId tenantId, string kind, string externalId, string outcome);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Kind} {ExternalId} failed {Attempts} times (parked: {Parked})")]
        public static partial void Failed(ILogger logger, string kind, string externalId, int attempts, bool parked, Exception exception);
    }
}
