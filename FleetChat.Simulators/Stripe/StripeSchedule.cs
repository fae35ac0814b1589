namespace FleetChat.Simulators.Stripe;

/// <summary>What happens later by the business clock: debits that arrive, sessions that expire, webhooks that are sent again. Whoever touches it holds the state's gate.</summary>
internal sealed class StripeSchedule(TimeProvider clock)
{
    private readonly PriorityQueue<Action, (DateTimeOffset At, long Place)> later = new();
    private long place;
    private DateTimeOffset? due;

    /// <summary>When it is: for what was due while the clock jumped over it, that moment.</summary>
    public DateTimeOffset Now => due ?? clock.GetUtcNow();

    public bool IsEmpty => later.Count == 0;

    public void At(DateTimeOffset time, Action action) => later.Enqueue(action, (time, place++));

    /// <summary>Everything up to the present, each in its turn.</summary>
    /// <returns>How much that was.</returns>
    public int RunDue()
    {
        var (present, count) = (clock.GetUtcNow(), 0);
        for (; later.TryPeek(out var action, out var next) && next.At <= present; count++)
        {
            later.Dequeue();
            due = next.At;
            try
            {
                action();
            }
            finally
            {
                due = null;
            }
        }
        return count;
    }
}
