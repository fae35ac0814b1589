namespace FleetChat.Core.Messaging.Rates;

/// <summary>
/// How fast one person may be written to: Meta lets one message every six seconds pass to one user (131056) and lends a small burst
/// from later. One time a conversation keeps it: when all that was sent is paid off at that pace.
/// </summary>
public static class PairPace
{
    /// <summary>A little more than Meta's six seconds, because calls overtake each other on the way.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(6.1);

    /// <summary>So many may go at once to somebody who heard nothing for a minute. Meta names no number; each error 131056 makes the person rest besides.</summary>
    public const int Burst = 10;

    private static readonly TimeSpan Credit = (Burst - 1) * Interval;

    /// <param name="pacedUntil">Null: nothing was sent yet.</param>
    /// <returns>When the next message may go; null: now.</returns>
    public static DateTimeOffset? FindRest(DateTimeOffset? pacedUntil, DateTimeOffset now) => pacedUntil - Credit is { } free && free > now ? free : null;

    /// <summary>After one more message.</summary>
    public static DateTimeOffset After(DateTimeOffset? pacedUntil, DateTimeOffset now) => (pacedUntil > now ? pacedUntil.Value : now) + Interval;
}
