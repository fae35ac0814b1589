using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Calls;

/// <summary>
/// Makes a lane's due calls, a few at a time. A call is made at least once and written down once: its end is fenced by the lease
/// under which it was made, in the transaction of all that follows from it.
/// </summary>
public sealed partial class MakeCalls(
    TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, IEnumerable<ICallHandler> handlers, TimeProvider time, ILogger<MakeCalls> logger)
{
    /// <summary>Of one call; well below the lease, so that nobody takes over a call that is still under way.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Of one tenant's lane: enough to keep up, too few to be a burden for the other side.</summary>
    private const int AtOnce = 4;

    private const int MostAttempts = 12;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(30);

    private readonly ICallHandler[] _handlers = [.. handlers];

    /// <returns>Lanes that got work, this one included if it has more.</returns>
    public async Task<LaneWork> HandleAsync(Nudge nudge, CancellationToken ct)
    {
        var db = dbs.For(nudge.Tenant);
        await LaneSql.LowerFlagAsync(dbs.LazilyFor(nudge.Tenant), Lanes.CallStage, nudge.Lane, ct);
        if (await settings.FindAsync(nudge.Tenant, ct) is not { } tenant || !(tenant.IsActive || CallLanes.OutlastsService(nudge.Lane))) return new();

        var calls = new List<Task<LaneWork>>();
        // The claim itself knows how many places of the lane are taken, here and elsewhere.
        var isLeft = await Refill.RunAsync(AtOnce, AtOnce / 2, async _ =>
        {
            var claimed = await CallSql.ClaimAsync(db, nudge.Lane, time.GetUtcNow(), time.NewId(), Lease, AtOnce, ct);
            var begun = claimed.ConvertAll(call => CallAsync(tenant, nudge.Lane, call, ct));
            calls.AddRange(begun);
            return (begun, false);
        });
        var work = (await Task.WhenAll(calls)).Aggregate(new LaneWork(), (sum, more) => sum.And(more));
        return isLeft ? work.And(new() { Call = [nudge] }) : work;
    }

    private async Task<LaneWork> CallAsync(TenantSettings tenant, short lane, ClaimedCall claimed, CancellationToken ct)
    {
        try
        {
            var result = await TryAsync(tenant, claimed, ct);
            return await Recording.ExecuteAsync(() => EndAsync(tenant, lane, claimed, result));
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            // The lease ends it, and somebody makes it again. The other calls go on.
            Log.Unrecorded(logger, tenant.Tenant, claimed.Kind, claimed.Id, Failures.ReasonOf(exception), exception.StackTrace);
            return new();
        }
    }

    private async Task<CallResult> TryAsync(TenantSettings tenant, ClaimedCall claimed, CancellationToken ct)
    {
        if (Array.Find(_handlers, h => h.Handles(claimed.Kind)) is not { } handler) return CallResult.Fail("unknown kind");
        Call? call = null;
        var result = await GuardAsync(tenant, claimed, async limit =>
        {
            call = await OpenAsync(tenant.Tenant, claimed, limit);
            return await handler.HandleAsync(call, tenant, limit);
        }, ct);
        if (result.Ending != CallEnding.Retry || claimed.Attempts < MostAttempts) return result;
        return call is null ? CallResult.Fail(result.Outcome) : handler.GiveUp(call, result.Outcome);
    }

    private async Task<Call> OpenAsync(TenantId tenant, ClaimedCall claimed, CancellationToken ct)
    {
        var key = await keys.GetAsync(tenant, ct);
        using var content = JsonDocument.Parse(key.Decrypt(EncryptedColumns.CallContent, claimed.Id.ToString("N"), claimed.Content));
        return new(claimed.Id, claimed.Kind, content.RootElement.Clone(), claimed.Attempts, claimed.CreatedAt);
    }

    private async Task<CallResult> GuardAsync(TenantSettings tenant, ClaimedCall claimed, Func<CancellationToken, Task<CallResult>> make, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(CallTimeout);
        try
        {
            return await make(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return CallResult.Retry("time-out");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.Failed(logger, tenant.Tenant, claimed.Kind, claimed.Id, Failures.ReasonOf(exception), exception.StackTrace);
            return CallResult.Retry(exception.GetType().Name);
        }
    }

    // What the outside answered is written down even while the host is stopping.
    private async Task<LaneWork> EndAsync(TenantSettings tenant, short lane, ClaimedCall claimed, CallResult result)
    {
        var now = time.GetUtcNow();
        var (status, dueAt) = result.Ending switch
        {
            CallEnding.Done => ("done", default(DateTimeOffset?)),
            CallEnding.Repeat or CallEnding.TooMany => ("waiting", result.DueAt),
            CallEnding.Retry => ("waiting", result.DueAt ?? now + DelayAfter(claimed.Attempts)),
            _ => ("failed", null),
        };
        Log.Ended(logger, tenant.Tenant, claimed.Kind, claimed.Id, status, result.Outcome);
        await using var db = await dbs.BeginAsync(tenant.Tenant, CancellationToken.None);
        var isFresh = result.Ending is CallEnding.Repeat or CallEnding.TooMany;
        db.Cause = Causes.Call(claimed.Id);
        if (!await CallSql.TryEndAsync(db, claimed, status, result.Outcome, dueAt, isFresh, now, CancellationToken.None)) return new();

        var processing = new Processing(db, await keys.GetAsync(tenant.Tenant, CancellationToken.None), tenant, time);
        if (result.Ending == CallEnding.TooMany) await CallSql.HoldAsync(db, lane, result.DueAt!.Value, CancellationToken.None);
        if (result.Write is not null) await result.Write(processing, CancellationToken.None);
        if (status == "failed") await Alerts.RaiseAsync(db, time, AlertCodes.CallFailed, Alerts.Warning, claimed.Kind, CancellationToken.None);
        return await processing.CommitAsync(CancellationToken.None);
    }

    private static TimeSpan DelayAfter(int attempts) => TimeSpan.FromTicks(Math.Min(LongestDelay.Ticks, FirstDelay.Ticks << Math.Min(attempts - 1, 20)));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Call {Kind} {CallId} of {TenantId}: {Status}, {Outcome}")]
        public static partial void Ended(ILogger logger, TenantId tenantId, string kind, Guid callId, string status, string outcome);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Call {Kind} {CallId} of {TenantId} failed: {Reason}\n{Stack}")]
        public static partial void Failed(ILogger logger, TenantId tenantId, string kind, Guid callId, string reason, string? stack);

        [LoggerMessage(Level = LogLevel.Error, Message = "Call {Kind} {CallId} of {TenantId}: its end could not be recorded: {Reason}\n{Stack}")]
        public static partial void Unrecorded(ILogger logger, TenantId tenantId, string kind, Guid callId, string reason, string? stack);
    }
}
