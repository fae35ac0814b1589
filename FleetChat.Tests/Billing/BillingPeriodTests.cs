using FleetChat.Core.Billing;

namespace FleetChat.Tests.Billing;

public sealed class BillingPeriodTests
{
    [Theory]
    [InlineData("America/Chicago", "2026-04-01T04:59:59Z", "2026-03-01")]
    [InlineData("America/Chicago", "2026-04-01T05:00:00Z", "2026-04-01")]
    [InlineData("America/Chicago", "2026-12-01T05:59:59Z", "2026-11-01")]
    [InlineData("America/Chicago", "2027-01-01T06:00:00Z", "2027-01-01")]
    [InlineData("Pacific/Auckland", "2026-03-31T10:59:59Z", "2026-03-01")]
    [InlineData("Pacific/Auckland", "2026-03-31T11:00:00Z", "2026-04-01")]
    [InlineData("Etc/UTC", "2026-03-31T23:59:59Z", "2026-03-01")]
    public void Month_begins_at_midnight_in_the_companys_own_time_zone(string zone, string at, string period)
        => Assert.Equal(DateOnly.Parse(period, System.Globalization.CultureInfo.InvariantCulture),
            BillingPeriod.Of(DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone)));

    // Each month's end, worked out by hand from the zone's offset on the day after it.
    [Theory]
    [InlineData("Etc/UTC", "2026-03", "2026-04-01T00:00:00Z")]
    [InlineData("America/Chicago", "2026-02", "2026-03-01T06:00:00Z")] // -06:00, a week before the clock goes forward
    [InlineData("America/Chicago", "2026-03", "2026-04-01T05:00:00Z")] // -05:00
    [InlineData("America/Chicago", "2026-10", "2026-11-01T05:00:00Z")] // the clock goes back two hours after midnight
    [InlineData("America/Chicago", "2026-11", "2026-12-01T06:00:00Z")]
    [InlineData("America/Chicago", "2026-12", "2027-01-01T06:00:00Z")]
    [InlineData("America/Chicago", "2028-02", "2028-03-01T06:00:00Z")] // a leap year's 29 days
    [InlineData("America/New_York", "2026-03", "2026-04-01T04:00:00Z")]
    [InlineData("America/Phoenix", "2026-06", "2026-07-01T07:00:00Z")] // never summer time
    [InlineData("America/Los_Angeles", "2026-06", "2026-07-01T07:00:00Z")]
    [InlineData("America/St_Johns", "2026-02", "2026-03-01T03:30:00Z")] // -03:30
    [InlineData("America/St_Johns", "2026-03", "2026-04-01T02:30:00Z")] // -02:30
    [InlineData("America/Havana", "2026-10", "2026-11-01T04:00:00Z")] // 00:00 comes twice, at -04:00 first
    [InlineData("Europe/Berlin", "2026-03", "2026-03-31T22:00:00Z")]
    [InlineData("Europe/Berlin", "2026-10", "2026-10-31T23:00:00Z")]
    [InlineData("Europe/London", "2026-03", "2026-03-31T23:00:00Z")]
    [InlineData("Asia/Amman", "2016-03", "2016-03-31T22:00:00Z")] // 00:00 did not come: the clock went from 24:00 to 01:00
    [InlineData("Asia/Kolkata", "2026-03", "2026-03-31T18:30:00Z")] // +05:30
    [InlineData("Asia/Kathmandu", "2026-03", "2026-03-31T18:15:00Z")] // +05:45
    [InlineData("Australia/Lord_Howe", "2026-03", "2026-03-31T13:00:00Z")] // +11:00
    [InlineData("Australia/Lord_Howe", "2026-04", "2026-04-30T13:30:00Z")] // +10:30
    [InlineData("Pacific/Chatham", "2026-03", "2026-03-31T10:15:00Z")] // +13:45
    [InlineData("Pacific/Chatham", "2026-04", "2026-04-30T11:15:00Z")] // +12:45
    [InlineData("Pacific/Kiritimati", "2026-03", "2026-03-31T10:00:00Z")] // +14:00, the first of all
    [InlineData("Pacific/Pago_Pago", "2026-03", "2026-04-01T11:00:00Z")] // -11:00, the last
    public void Month_ends_with_its_last_moment_in_the_companys_own_time_zone(string zone, string period, string end)
    {
        var (at, of) = (DateTimeOffset.Parse(end, System.Globalization.CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone));
        Assert.True(BillingPeriod.TryParse(period, out var month));

        Assert.Equal(at, BillingPeriod.EndOf(month, of));
        Assert.Equal(month, BillingPeriod.Of(at.AddTicks(-1), of));
        Assert.Equal(month.AddMonths(1), BillingPeriod.Of(at, of));
    }

    [Fact]
    public void Override_holds_through_its_last_day_and_leaves_what_it_does_not_name()
    {
        var tier = ResourceLimits.OfTier("starter");
        var given = new LimitOverride(7, null, null, new(2026, 3, 31));

        Assert.Equal(tier with { MaxDrivers = 7 }, tier.With(given, new(2026, 3, 31)));
        Assert.Equal(tier, tier.With(given, new(2026, 4, 1)));
    }
}
