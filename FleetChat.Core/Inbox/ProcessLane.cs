using System.Diagnostics;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox.Replay;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Reminders;
using FleetChat.Core.Samsara.Scope;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FleetChat.Core.Inbox;

/// <summary>
/// Turns a lane's stored facts into changes and messages, a batch in a transaction. One worker at a time holds the lane; that
/// keeps order and spares conflicts, but nothing rests on it: a row is locked while it is processed, and done with its effects.
/// </summary>
public sealed partial class ProcessLane(
    TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, IEnumerable<IInboxHandler> handlers, HandleReminders reminders, FairShare share, TimeProvider time, ILogger<ProcessLane> logger)
{
    private const int BatchSize = 10;
    private const int MostAttempts = 5;
    private const string Savepoint = "inbox_row";
    private const string NoRule = "ignored: no rule";

    // Nobody has more than half of the processors.
    private static readonly int LanesAtOnce = Math.Max(1, Environment.ProcessorCount / 2);

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LaterDelay = TimeSpan.FromSeconds(5);

    // Well below the queue's and the lease's time: what is left then is nudged anew.
    private static readonly TimeSpan WorkingTime = TimeSpan.FromSeconds(15);

    private readonly IInboxHandler[] _handlers = [.. handlers];

    public Task<LaneWork> HandleAsync(Nudge nudge, CancellationToken ct)
        => share.TakeTurnAsync(nudge, Lanes.ProcessStage, LanesAtOnce, () => TakeAsync(nudge, ct));

    private async Task<LaneWork> TakeAsync(Nudge nudge, CancellationToken ct)
    {
        var (lanes, token) = (dbs.LazilyFor(nudge.Tenant), time.NewId());
        if (!await LaneSql.TryTakeAsync(lanes, Lanes.ProcessStage, nudge.Lane, token, Lease, ct)) return new();

        try
        {
            return await WorkAsync(lanes, nudge, token, ct);
        }
        catch
        {
            // Not to be held by somebody who went away: an opt-out may be waiting behind this.
            await LaneSql.ReleaseAsync(lanes, Lanes.ProcessStage, nudge.Lane, token, CancellationToken.None);
            throw;
        }
    }

    /// <summary>What a parked row would lead to: done as always, and rolled back.</summary>
    /// <returns>Null: it is not parked, or somebody has it.</returns>
    internal async Task<DryRun?> TryAsync(TenantId tenant, Guid id, CancellationToken ct)
    {
        var begunAt = time.GetUtcNow();
        await using var db = await dbs.BeginAsync(tenant, ct);
        if (await InboxSql.ClaimParkedAsync(db, id, ct) is not { } claimed) return null;
        var (key, results) = (await keys.GetAsync(tenant, ct), new List<InboxResult>());
        var rows = Open(tenant, [claimed], key, results);
        if (rows is not [var opened]) return DryRun.Failing(results[0].Outcome);
        await LockAsync(db, key, rows, ct);
        var settingsOf = await settings.FindAsync(tenant, ct) ?? throw new InvalidOperationException($"tenant {tenant} is gone");
        var result = await ProcessRowAsync(opened, new Processing(db, key, settingsOf, time), ct);
        return result.Status == "done" || result.Outcome.StartsWith(IInboxHandler.Later, StringComparison.Ordinal)
            ? await DryRun.ReadAsync(db, result.Outcome, begunAt, ct)
            : DryRun.Failing(result.Outcome);
    }

    private async Task<LaneWork> WorkAsync(TenantDb lanes, Nudge nudge, Guid token, CancellationToken ct)
    {
        var (watch, work) = (Stopwatch.StartNew(), new LaneWork());
        while (true)
        {
            var (looked, more) = await ProcessBatchAsync(nudge, ct);
            work = work.And(more);
            var isFull = looked == BatchSize;
            // Facts go first: a reminder is decided from what is true.
            if (!isFull && await reminders.HandleNextAsync(nudge, ct) is { } reminded) (work, isFull) = (work.And(reminded), true);
            if (!isFull && !await LaneSql.MustLookAgainAsync(lanes, Lanes.ProcessStage, nudge.Lane, token, Lease, ct)) return work;
            // Messages leave with the function's end: what there is to send is not kept waiting for what comes after it.
            if (work.Send.Count + work.Call.Count + work.Webhooks.Count + work.Orchestrate.Count > 0 || watch.Elapsed > WorkingTime || (isFull && !await LaneSql.TryExtendAsync(lanes, Lanes.ProcessStage, nudge.Lane, token, Lease, ct)))
            {
                await LaneSql.ReleaseAsync(lanes, Lanes.ProcessStage, nudge.Lane, token, ct);
                // A host that stops rests no longer, and what was done is told all the same.
                await share.RestAsync(nudge.Tenant, Lanes.ProcessStage, watch.Elapsed, isFull: looked == BatchSize, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return work.And(new([nudge], []));
            }
        }
    }

    /// <returns>How many rows were looked at, and the lanes that got work.</returns>
    private async Task<(int Looked, LaneWork Work)> ProcessBatchAsync(Nudge nudge, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(nudge.Tenant, ct);
        var claimed = await InboxSql.ClaimAsync(db, nudge.Lane, time.GetUtcNow(), BatchSize, ct);
        if (claimed.Count == 0) return (0, new());

        var key = await keys.GetAsync(nudge.Tenant, ct);
        var tenant = await settings.FindAsync(nudge.Tenant, ct) ?? throw new InvalidOperationException($"tenant {nudge.Tenant} is gone");
        var results = new List<InboxResult>(claimed.Count);
        var rows = Open(nudge.Tenant, claimed, key, results);
        await LockAsync(db, key, rows, ct);

        var processing = new Processing(db, key, tenant, time);
        foreach (var row in rows) results.Add(await ProcessRowAsync(row, processing, ct));

        var work = await FinishAsync(results, processing, ct);
        Count(claimed, results);
        return (claimed.Count, work);
    }

    // What is tried again is not over yet, and will be late.
    private void Count(List<SealedInboxRow> claimed, List<InboxResult> results)
    {
        var (now, rows) = (time.GetUtcNow(), claimed.ToDictionary(row => row.Id));
        foreach (var result in results.Where(r => r.Status is "done" or "parked"))
        {
            var row = rows[result.Id];
            FleetMetrics.CountEvent(row.Source, result.Status == "parked" ? Promises.Failed : Promises.Judge(now - row.ReceivedAt, Promises.EventProcessed));
        }
    }

    /// <summary>Opens the rows; one that does not open fails alone, and the others go on.</summary>
    private List<Opened> Open(TenantId tenant, List<SealedInboxRow> claimed, DataKey key, List<InboxResult> results)
    {
        var rows = new List<Opened>(claimed.Count);
        foreach (var row in claimed)
        {
            try
            {
                using var json = JsonDocument.Parse(key.Decrypt(EncryptedColumns.InboxPayload, row.Id.ToString("N"), row.Payload));
                var opened = new InboxRow(row.Day, row.Id, row.Source, row.Kind, row.ReceivedAt, row.Attempts, json.RootElement.Clone());
                var handler = Array.Find(_handlers, h => h.Handles(row.Source, row.Kind));
                rows.Add(new(opened, handler, handler?.ConcernsOf(opened) ?? Concerns.Nobody));
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                results.Add(Failed(tenant, row.Day, row.Id, row.Kind, row.Attempts, exception));
            }
        }
        return rows;
    }

    // Savepoints of one name nest until the commit: with BatchSize rows they stay below the 64 that a backend keeps at hand.
    private async Task<InboxResult> ProcessRowAsync(Opened opened, Processing processing, CancellationToken ct)
    {
        var (row, handler, _) = opened;
        if (handler is null && !ScopeGate.IsWatched(row, processing)) return Done(NoRule);
        await processing.Db.SaveAsync(Savepoint, ct);
        processing.Db.Cause = Causes.Event(row.Id);
        try
        {
            var outcome = await ScopeGate.FindObjectionAsync(row, processing, ct) ?? (handler is null ? NoRule : await handler.HandleAsync(row, processing, ct));
            await processing.Db.FlushAsync(ct);
            return outcome.StartsWith(IInboxHandler.Later, StringComparison.Ordinal)
                ? new(row.Day, row.Id, row.Attempts, "pending", outcome, ScopeGate.NextLook(outcome, row.ReceivedAt, time.GetUtcNow()) ?? time.GetUtcNow() + LaterDelay)
                : Done(outcome);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && Failures.IsOfTheWork(exception))
        {
            await processing.Db.RollbackToAsync(Savepoint, ct);
            return Failed(processing.Settings.Tenant, row.Day, row.Id, row.Kind, row.Attempts, exception);
        }

        InboxResult Done(string outcome)
        {
            Log.Decided(logger, processing.Settings.Tenant, row.Kind, row.Id, outcome);
            return new(row.Day, row.Id, row.Attempts, "done", outcome, null);
        }
    }

    private InboxResult Failed(TenantId tenant, DateOnly day, Guid id, string kind, int earlier, Exception exception)
    {
        if (Failures.IsConflict(exception)) return new(day, id, earlier, "pending", "later: conflict", time.GetUtcNow() + LaterDelay);
        var attempts = earlier + 1;
        var reason = Failures.ReasonOf(exception);
        var parked = attempts >= MostAttempts;
        Log.Failed(logger, tenant, kind, id, attempts, parked, reason, exception.StackTrace);
        return new(day, id, attempts, parked ? "parked" : "pending", $"failed: {reason}", parked ? null : time.GetUtcNow() + TimeSpan.FromSeconds(5 << attempts));
    }

    private Task<LaneWork> FinishAsync(List<InboxResult> results, Processing processing, CancellationToken ct) => processing.CommitAsync(ct, batch =>
    {
        batch.Add(InboxSql.Finish, InboxSql.FinishParameters(results, time.GetUtcNow()));
        foreach (var parked in results.Where(r => r.Status == "parked"))
            batch.Add(Alerts.Raise, Alerts.Parameters(time, AlertCodes.InboxParked, Alerts.Critical, parked.Id.ToString()));
    });

    private static Task LockAsync(TenantTransaction db, DataKey key, List<Opened> rows, CancellationToken ct)
    {
        var identities = rows.SelectMany(r => r.Concerns.Identities).Distinct().ToArray();
        return InboxSql.LockAsync(db, [.. rows.SelectMany(r => r.Concerns.SamsaraDriverIds).Distinct()],
            Array.ConvertAll(identities, i => i.Kind), Array.ConvertAll(identities, i => i.Index(key)), ct);
    }

    private sealed record Opened(InboxRow Row, IInboxHandler? Handler, Concerns Concerns);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Kind} {EventId} of {TenantId}: {Outcome}")]
        public static partial void Decided(ILogger logger, TenantId tenantId, string kind, Guid eventId, string outcome);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Kind} {EventId} of {TenantId} failed {Attempts} times (parked: {Parked}): {Reason}\n{Stack}")]
        public static partial void Failed(ILogger logger, TenantId tenantId, string kind, Guid eventId, int attempts, bool parked, string reason, string? stack);
    }
}
