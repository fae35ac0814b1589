namespace FleetChat.Core.Webhooks;

/// <summary>When a delivery that failed is tried again, and how long a receiver that can't keep up is left alone.</summary>
public static class DeliverySchedule
{
    // Standard Webhooks' example: quick at first, for a hiccup; then slow, for a weekend. Three days in all.
    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    public static readonly int MostAttempts = Delays.Length + 1;

    /// <summary>However often it was put off: after this it is over.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(4);

    /// <summary>Without any success for so long, an endpoint is switched off.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(5);

    /// <summary>From here on a receiver can't keep up, though it answers.</summary>
    public static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(5);

    private const double Jitter = 0.1;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <param name="attempts">How often it was tried.</param>
    /// <param name="asked">What the receiver asked for.</param>
    /// <param name="chance">From 0 to 1: many that failed together do not come back together.</param>
    /// <returns>Null: not any more.</returns>
    public static DateTimeOffset? NextTry(int attempts, DateTimeOffset armedAt, TimeSpan? asked, DateTimeOffset now, double chance)
    {
        if (attempts >= MostAttempts) return null;
        var delay = Delays[attempts - 1] * (1 - Jitter + 2 * Jitter * chance);
        var next = now + (asked > delay ? asked.Value : delay);
        return next - armedAt > Longest ? null : next;
    }

    /// <summary>A receiver that answers late or says that it can't keep up gets no request for a while, and then one.</summary>
    /// <param name="slowdowns">How often in a row, this time included.</param>
    public static TimeSpan Pause(int slowdowns, TimeSpan? asked)
    {
        var growing = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(slowdowns - 1, 10)));
        return asked > growing ? asked.Value : growing;
    }
}
