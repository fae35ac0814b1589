namespace FleetChat.Core.Billing.Analytics;

public static class AnalyticsErrors
{
    public static readonly Error RangeInvalid = Error.Invalid("analytics.range_invalid", "Give days between 2000 and 2100, until not before from, and at most 400 of them.", "until");
}
