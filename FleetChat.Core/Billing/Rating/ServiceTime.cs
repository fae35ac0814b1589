namespace FleetChat.Core.Billing.Rating;

/// <summary>How much of a month's service is over at a moment, and how much is left: real time, so that a day on which the clocks change is as long as it is.</summary>
/// <param name="Over">Seconds, as is the rest.</param>
internal sealed record ServiceTime(long Over, long Left)
{
    public long Whole => Over + Left;

    /// <param name="until">Days from this one on are left aside; null: none.</param>
    public static ServiceTime Of(IReadOnlyList<ServiceSpan> service, TimeZoneInfo zone, DateTimeOffset now, DateOnly? until = null)
    {
        var (over, left) = (0L, 0L);
        foreach (var span in service)
        {
            var (from, end) = (BillingPeriod.StartOf(span.From, zone), BillingPeriod.StartOf(until < span.Until ? until.Value : span.Until, zone));
            if (end <= from) continue;
            var parted = now < from ? from : now > end ? end : now;
            over += (long)(parted - from).TotalSeconds;
            left += (long)(end - from).TotalSeconds - (long)(parted - from).TotalSeconds;
        }
        return new(over, left);
    }
}
