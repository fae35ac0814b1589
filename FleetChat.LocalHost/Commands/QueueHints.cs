using FleetChat.LocalRuntime;

namespace FleetChat.LocalHost.Commands;

/// <summary>What a queue's numbers ask somebody to do.</summary>
internal static class QueueHints
{
    private static readonly TimeSpan Old = TimeSpan.FromMinutes(5);

    /// <returns>Null: nothing.</returns>
    public static string? For(QueueState queue)
    {
        if (queue.Poison > 0) return OfPoison(queue.Queue);
        if (!queue.IsServed) return queue.OldestAge is null ? null : "No living host serves it: start FleetChat.";
        if (queue.ClaimedByDead > 0) return "Its worker died; another takes over within seconds.";
        return queue.OldestAge > Old ? "It does not keep up: see 'doctor', and the host's log for errors." : null;
    }

    public static string OfPoison(string queue)
        => "The host's log tells why they failed. Each only says that a company has work, which the sweep has found again since; "
        + $"when that is mended: delete from localhost.queue_messages where queue = '{queue}-poison'.";
}
