namespace FleetChat.LocalRuntime.Queues;

/// <summary>What this process knows to hold, at one moment: claims before <paramref name="NextClaim"/> have answered, unless they are under way.</summary>
internal sealed record HeldSnapshot(long NextClaim, long[] UnderWay, long[] Ids, int[] DequeueCounts);

/// <summary>
/// The messages that this process has in memory, and its claims that have not been answered yet. What is claimed for it in
/// the database and is neither of them belongs to a claim whose answer was lost, and nobody would ever run it.
/// </summary>
internal sealed class HeldMessages
{
    private readonly Lock _lock = new();
    private readonly HashSet<long> _underWay = [];
    private readonly HashSet<(long Id, int DequeueCount)> _held = [];
    private long _lastClaim;

    public long BeginClaim()
    {
        lock (_lock)
        {
            _underWay.Add(++_lastClaim);
            return _lastClaim;
        }
    }

    /// <summary>In one step: at no moment is a message of an answered claim unknown.</summary>
    public void EndClaim(long claim, IEnumerable<ClaimedMessage> messages)
    {
        lock (_lock)
        {
            foreach (var message in messages) _held.Add((message.Id, message.DequeueCount));
            _underWay.Remove(claim);
        }
    }

    public void Forget(ClaimedMessage message)
    {
        lock (_lock) _held.Remove((message.Id, message.DequeueCount));
    }

    public HeldSnapshot Snapshot()
    {
        lock (_lock) return new(_lastClaim + 1, [.. _underWay], [.. _held.Select(h => h.Id)], [.. _held.Select(h => h.DequeueCount)]);
    }
}
