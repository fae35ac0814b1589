namespace FleetChat.Core.Billing.Analytics;

/// <summary>What a company used in some days. Messages are those of <c>monthly_messages</c>, each on the day of its own time.</summary>
/// <param name="From">The first day, in the company's time zone.</param>
/// <param name="Until">The last day, inclusive.</param>
/// <param name="Total">Of all the days; its key is null. A driver who is in several rows is in it once.</param>
/// <param name="Data">Rows of which there is something: none for a day without messages.</param>
public sealed record UsageAnalytics(DateOnly From, DateOnly Until, [OneOf(typeof(UsageBy))] string By, UsageRow Total, IReadOnlyList<UsageRow> Data);

/// <param name="Key">The day, the driver's id, the reason for which messages were sent, or WhatsApp's category; null: there is none, or nobody told it.</param>
/// <param name="ActiveDrivers">With at least one of the messages.</param>
/// <param name="DeliveredPercent">Delivered or read of those that WhatsApp accepted more than 10 minutes ago; null: there is none.</param>
/// <param name="MedianResponseMs">From the webhook that caused a message to the attempt that WhatsApp accepted; what waited on purpose counts with its wait. Null: no webhook caused any.</param>
/// <param name="P95ResponseMs">95 percent took no longer.</param>
public sealed record UsageRow(string? Key, long MessagesOut, long MessagesIn, long ActiveDrivers, decimal? DeliveredPercent, long? MedianResponseMs, long? P95ResponseMs);

/// <summary>What a row of the analytics is of. Part of the API.</summary>
public static class UsageBy
{
    public const string Day = "day";
    public const string Driver = "driver";

    /// <summary>The rule or the reason for which a message was sent; of an answer, that of what it answers.</summary>
    public const string EventType = "event_type";

    /// <summary>WhatsApp's pricing category, as statuses told it.</summary>
    public const string Category = "category";

    public static readonly IReadOnlyList<string> All = [Day, Driver, EventType, Category];
}
