using FleetChat.Core.Tenants;

namespace FleetChat.Core.Inbox;

/// <summary>
/// A process works on so many lanes of one company at once and no more: who floods fills a part of it, and the others' way stays as
/// short as it is. Lanes beyond that hold no place of the queue: they are named here, and nudged as places get free. Should the
/// process end, their flags are still up, and the sweep finds them.
/// </summary>
public sealed class FairShare
{
    private const int Crowd = Lanes.PerTenant / 2;
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(1);
    private readonly Dictionary<(TenantId Tenant, string Stage), Room> _rooms = [];
    private readonly Lock _lock = new();

    /// <summary>Does a lane's work if its company has a place for it, and notes the lane if not.</summary>
    /// <param name="atOnce">Places of each company in this stage, of this process.</param>
    /// <returns>What the work gave, and the lane that is next.</returns>
    public async Task<LaneWork> TakeTurnAsync(Nudge nudge, string stage, int atOnce, Func<Task<LaneWork>> work)
    {
        if (!TryEnter(nudge, stage, atOnce)) return new();
        LaneWork done;
        try
        {
            done = await work();
        }
        catch
        {
            // What failed comes back by itself, and takes the next along.
            Leave(nudge.Tenant, stage, takesNext: false);
            throw;
        }
        return Leave(nudge.Tenant, stage) is { } next ? done.And(LaneWork.Of(stage, next)) : done;
    }

    /// <summary>
    /// A company with a backlog leaves the processor to those that have none, three times as long as it had it, while any of them is at
    /// work. Where all have one nobody rests: that would only leave the processor idle.
    /// </summary>
    /// <param name="worked">How long the turn took.</param>
    /// <param name="isFull">Whether it found as much as it could take.</param>
    public Task RestAsync(TenantId tenant, string stage, TimeSpan worked, bool isFull, CancellationToken ct)
    {
        if (!MustRest((tenant, stage), isFull)) return Task.CompletedTask;
        var rest = 3 * worked;
        return Task.Delay(rest < LongestRest ? rest : LongestRest, ct);
    }

    private bool MustRest((TenantId Tenant, string Stage) of, bool isFull)
    {
        lock (_lock)
        {
            var room = _rooms[of];
            room.HasBacklog = isFull || room.Waiting.Count >= Crowd;
            return room.HasBacklog && _rooms.Any(r => r.Key.Stage == of.Stage && r.Value is { HasBacklog: false, AtWork: > 0 });
        }
    }

    private bool TryEnter(Nudge nudge, string stage, int atOnce)
    {
        lock (_lock)
        {
            if (!_rooms.TryGetValue((nudge.Tenant, stage), out var room)) _rooms.Add((nudge.Tenant, stage), room = new());
            if (room.AtWork < atOnce)
            {
                room.Waiting.Remove(nudge.Lane);
                room.AtWork++;
                return true;
            }
            if (!room.Waiting.Contains(nudge.Lane)) room.Waiting.Add(nudge.Lane);
            return false;
        }
    }

    private Nudge? Leave(TenantId tenant, string stage, bool takesNext = true)
    {
        lock (_lock)
        {
            var room = _rooms[(tenant, stage)];
            room.AtWork--;
            Nudge? next = null;
            if (takesNext && room.Waiting.Count > 0)
            {
                next = new(tenant, room.Waiting[0]);
                room.Waiting.RemoveAt(0);
            }
            if (room is { AtWork: 0, Waiting.Count: 0 }) _rooms.Remove((tenant, stage));
            return next;
        }
    }

    // Lanes in the order of their asking; there are eight at the most.
    private sealed class Room
    {
        public int AtWork { get; set; }

        /// <summary>At the end of its last turn.</summary>
        public bool HasBacklog { get; set; }

        public List<short> Waiting { get; } = [];
    }
}
