using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging.Holds;

/// <summary>
/// Looks whether drivers drive for whom something waits: one call a tenant, that comes round while anything is held. Asks for the
/// hours of service, and where they tell nothing, for the vehicle's speed.
/// </summary>
public sealed class WatchWheel(ISamsaraClient samsara, TenantDbs dbs, TimeProvider time) : ICallHandler
{
    internal const string Kind = "wheel";

    /// <summary>What waits goes out within a minute after the driver has stopped.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>While Samsara can't be asked a message waits so long, and no longer: it may matter more than the ride.</summary>
    public static readonly TimeSpan LongestDoubt = TimeSpan.FromMinutes(2);

    /// <summary>So long he who was seen driving is taken to drive on.</summary>
    public static readonly TimeSpan LongestDoubtOfDriving = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Limit = MakeCalls.CallTimeout - TimeSpan.FromSeconds(5);

    private static readonly JsonElement Nothing = JsonSerializer.SerializeToElement(new { });

    public bool Handles(string kind) => kind == Kind;

    /// <summary>Has it looked at once if it does not look already. Locks the call's row: whoever ends the call sees what is held with this.</summary>
    internal static Task AskAsync(TenantDb db, DataKey key, TimeProvider time, CancellationToken ct, DateTimeOffset? dueAt = null)
        => CallSql.KeepAsync(db, key, time, new(CallLanes.Samsara, Kind, Kind, Nothing) { DueAt = dueAt }, ct);

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var waiting = await HoldSql.ListWaitingAsync(dbs.For(tenant.Tenant), now, ct);
        if (tenant.Samsara is not { } access) return Seen("no token", waiting.ConvertAll(Unseen), now);
        var (seen, failure) = await LookAsync(access, waiting, now, ct);
        var outcome = $"drivers: {waiting.Count}, driving: {seen.Count(s => s.Wheel.State == WheelState.Driving)}";
        if (failure is null) return Seen(outcome, seen, now);

        var known = seen.Select(s => s.Driver).ToHashSet();
        var unseen = waiting.Where(w => !known.Contains(w.Id) && Wheel.IsDoubtOver(w.HeldAt, w.DroveAt, now)).Select(Unseen);
        var settled = Seen($"{outcome}, samsara: {failure.Failure}", [.. seen, .. unseen], now);
        return failure.Failure == SamsaraFailure.RateLimited ? CallResult.TooMany(now + failure.RetryAfter) with { Write = settled.Write } : settled;
    }

    /// <summary>It is never over while something is held.</summary>
    public CallResult GiveUp(Call call, string reason) => CallResult.Repeat(reason, time.GetUtcNow() + Interval);

    private static CallResult Seen(string outcome, IReadOnlyList<(Guid Driver, Wheel Wheel)> seen, DateTimeOffset now) => CallResult.Done(outcome, async (processing, ct) =>
    {
        var (released, isAnyHeld) = await HoldSql.SettleAsync(processing.Db, seen, now, ct);
        foreach (var conversation in released) processing.SendLaneOf(conversation);
        if (isAnyHeld) await AskAsync(processing.Db, processing.Key, processing.Time, ct, now + Interval);
    });

    private static (Guid Driver, Wheel Wheel) Unseen(WaitingDriver waiting) => (waiting.Id, new(WheelState.Unknown, null));

    /// <returns>All of whom something is known, and why of others it is not.</returns>
    private async Task<(List<(Guid Driver, Wheel Wheel)> Seen, SamsaraException? Failure)> LookAsync(SamsaraAccess access, List<WaitingDriver> waiting, DateTimeOffset now, CancellationToken ct)
    {
        if (waiting.Count == 0) return ([], null);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        var (found, failure) = await TryAsync(() => samsara.ListDutiesAsync(access, [.. waiting.Select(w => w.SamsaraId)], limit.Token), ct);
        if (failure is not null) return ([], failure);
        var duties = found.DistinctBy(d => d.DriverId).ToDictionary(d => d.DriverId, d => d.Status);
        // Whom the hours of service tell of is known, whatever becomes of the others.
        var (seen, untold) = (new List<(Guid Driver, Wheel Wheel)>(), new List<WaitingDriver>());
        foreach (var driver in waiting)
        {
            if (Wheel.Of(duties.GetValueOrDefault(driver.SamsaraId), null, null, now) is { State: not WheelState.Unknown } wheel) seen.Add((driver.Id, wheel));
            else untold.Add(driver);
        }

        string[] vehicles = [.. untold.Select(w => w.Vehicle).OfType<string>().Distinct()];
        (var moving, failure) = vehicles.Length == 0 ? ([], null) : await TryAsync(() => samsara.ListSpeedsAsync(access, vehicles, limit.Token), ct);
        if (failure is not null) return (seen, failure);
        var speeds = moving.DistinctBy(s => s.VehicleId).ToDictionary(s => s.VehicleId);
        seen.AddRange(untold.Select(w =>
        {
            var speed = speeds.GetValueOrDefault(w.Vehicle ?? "");
            return (w.Id, Wheel.Of(null, speed?.MilesPerHour, speed?.At, now));
        }));
        return (seen, null);
    }

    // A fleet without hours of service, or a token that may not read them, is no trouble: it tells nothing.
    private static async Task<(IReadOnlyList<T> Found, SamsaraException? Failure)> TryAsync<T>(Func<Task<IReadOnlyList<T>>> ask, CancellationToken ct)
    {
        try
        {
            return (await ask(), null);
        }
        catch (SamsaraException exception) when (exception.Failure is SamsaraFailure.Refused or SamsaraFailure.NotFound or SamsaraFailure.Invalid)
        {
            return ([], null);
        }
        catch (SamsaraException exception)
        {
            return ([], exception);
        }
        catch (OperationCanceledException exception) when (!ct.IsCancellationRequested)
        {
            return ([], new(SamsaraFailure.Transient, 0, null, null, exception));
        }
    }
}
