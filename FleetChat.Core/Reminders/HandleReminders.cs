using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Inbox.Replay;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Reminders;

/// <summary>Looks at a lane's due reminders, each in a transaction of its own.</summary>
public sealed partial class HandleReminders(
    TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, IEnumerable<IReminderHandler> handlers, TimeProvider time, ILogger<HandleReminders> logger)
{
    private const int MostAttempts = 5;
    private const string Savepoint = "reminder";
    private static readonly TimeSpan AfterConflict = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, IReminderHandler> _handlers = handlers.ToDictionary(h => h.Kind);

    /// <returns>Lanes that got work; null if nothing was due.</returns>
    public async Task<LaneWork?> HandleNextAsync(Nudge nudge, CancellationToken ct)
    {
        // Most often there is none, and then there is no transaction to be begun for it.
        if (!await Reminders.AnyDueAsync(dbs.For(nudge.Tenant), nudge.Lane, time.GetUtcNow(), ct)) return null;
        await using var db = await dbs.BeginAsync(nudge.Tenant, ct);
        if (await Reminders.ClaimNextAsync(db, nudge.Lane, time.GetUtcNow(), ct) is not var (reminder, attempts)) return null;
        var tenant = await settings.FindAsync(nudge.Tenant, ct) ?? throw new InvalidOperationException($"tenant {nudge.Tenant} is gone");
        var processing = new Processing(db, await keys.GetAsync(nudge.Tenant, ct), tenant, time);

        db.Cause = Causes.Reminder(reminder);
        await db.SaveAsync(Savepoint, ct);
        try
        {
            var result = _handlers.TryGetValue(reminder.Kind, out var handler) ? await handler.HandleAsync(reminder, processing, ct) : new("ignored: unknown kind");
            Log.Decided(logger, nudge.Tenant, reminder.Kind, reminder.Subject, result.Outcome);
            await (result.NextAt is { } next ? Reminders.PutAsync(db, reminder, next, 0, result.Outcome, ct) : Reminders.ClearAsync(db, reminder, ct));
            await Decisions.NoteAsync(db, time, new(DecisionKind.Looked, Causes.SubjectOf(reminder), result.Outcome) { DueAt = result.NextAt }, ct);
            await db.FlushAsync(ct);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && Failures.IsOfTheWork(exception))
        {
            await db.RollbackToAsync(Savepoint, ct);
            processing.Forget();
            await PostponeAsync(db, reminder, attempts, exception, ct);
        }
        var work = await processing.CommitAsync(ct);
        return work;
    }

    /// <summary>What a parked reminder would lead to: looked at as always, and rolled back.</summary>
    /// <returns>Null: it is not parked, or somebody has it.</returns>
    internal async Task<DryRun?> TryAsync(TenantId tenant, Reminder reminder, CancellationToken ct)
    {
        var begunAt = time.GetUtcNow();
        await using var db = await dbs.BeginAsync(tenant, ct);
        if (!await Reminders.TryClaimParkedAsync(db, reminder, ct)) return null;
        db.Cause = Causes.Reminder(reminder);
        var settingsOf = await settings.FindAsync(tenant, ct) ?? throw new InvalidOperationException($"tenant {tenant} is gone");
        if (!_handlers.TryGetValue(reminder.Kind, out var handler)) return DryRun.Failing("ignored: unknown kind");
        try
        {
            var result = await handler.HandleAsync(reminder, new Processing(db, await keys.GetAsync(tenant, ct), settingsOf, time), ct);
            return await DryRun.ReadAsync(db, result.Outcome, begunAt, ct);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && Failures.IsOfTheWork(exception))
        {
            return DryRun.Failing($"failed: {Failures.ReasonOf(exception)}");
        }
    }

    private async Task PostponeAsync(TenantTransaction db, Reminder reminder, int earlier, Exception exception, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (Failures.IsConflict(exception))
        {
            await Reminders.PutAsync(db, reminder, now + AfterConflict, earlier, "later: conflict", ct);
            return;
        }
        var attempts = earlier + 1;
        var reason = Failures.ReasonOf(exception);
        Log.Failed(logger, db.Tenant, reminder.Kind, reminder.Subject, attempts, reason, exception.StackTrace);
        var parked = attempts >= MostAttempts;
        await Reminders.PutAsync(db, reminder, parked ? DateTimeOffset.MaxValue : now + TimeSpan.FromSeconds(5 << attempts), attempts, $"failed: {reason}", ct);
        if (parked) await Alerts.RaiseAsync(db, time, AlertCodes.ReminderParked, Alerts.Critical, reminder.Subject, ct);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Reminder {Kind} {Subject} of {TenantId}: {Outcome}")]
        public static partial void Decided(ILogger logger, TenantId tenantId, string kind, string subject, string outcome);

        [LoggerMessage(Level = LogLevel.Error, Message = "Reminder {Kind} {Subject} of {TenantId} failed {Attempts} times: {Reason}\n{Stack}")]
        public static partial void Failed(ILogger logger, TenantId tenantId, string kind, string subject, int attempts, string reason, string? stack);
    }
}
