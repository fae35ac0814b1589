namespace FleetChat.Core.Billing;

/// <summary>A month in a company's own time zone.</summary>
public static class BillingPeriod
{
    /// <returns>Its first day.</returns>
    public static DateOnly Of(DateTimeOffset at, TimeZoneInfo zone) => Of(Today(at, zone));

    public static DateOnly Of(DateOnly day) => new(day.Year, day.Month, 1);

    public static DateOnly Today(DateTimeOffset at, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);
}
