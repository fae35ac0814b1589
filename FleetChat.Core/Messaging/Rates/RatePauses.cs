using FleetChat.Core.Inbox;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging.Rates;

/// <summary>
/// A number that is full has room again within a second, and the sweep comes every few: one of a company's lanes waits here for all of
/// them. Real time, because a stepped business clock stands still while somebody waits.
/// </summary>
public class RatePauses(TimeProvider time)
{
    /// <summary>Those who wait take places of the queue's; a company beyond this waits for the sweep.</summary>
    private const int MostAtOnce = 6;

    /// <summary>What is closed for longer is found by the sweep.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>A timer may fire some milliseconds before its time, and whoever came too early would wait for the sweep.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(10);

    private readonly Dictionary<TenantId, HashSet<Nudge>> _waiting = [];

    /// <returns>The lanes that may go on.</returns>
    public async Task<IReadOnlyCollection<Nudge>> WaitAsync(Nudge nudge, DateTimeOffset until, CancellationToken ct)
    {
        var pause = until - time.GetUtcNow();
        if (pause > Longest || !TryBegin(nudge)) return [];
        await PauseAsync(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (until - time.GetUtcNow() is var left && left > TimeSpan.Zero && left < pause) await PauseAsync(left + Late, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var waited = End(nudge.Tenant);
        return time.GetUtcNow() >= until ? waited : [];
    }

    protected virtual Task PauseAsync(TimeSpan pause, CancellationToken ct) => Task.Delay(pause, ct);

    private bool TryBegin(Nudge nudge)
    {
        lock (_waiting)
        {
            if (_waiting.TryGetValue(nudge.Tenant, out var lanes)) lanes.Add(nudge);
            else if (_waiting.Count < MostAtOnce) return _waiting.TryAdd(nudge.Tenant, [nudge]);
            return false;
        }
    }

    private HashSet<Nudge> End(TenantId tenant)
    {
        lock (_waiting) return _waiting.Remove(tenant, out var lanes) ? lanes : [];
    }
}
