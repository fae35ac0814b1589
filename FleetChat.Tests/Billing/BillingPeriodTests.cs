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

    [Fact]
    public void Override_holds_through_its_last_day_and_leaves_what_it_does_not_name()
    {
        var tier = ResourceLimits.OfTier("starter");
        var given = new LimitOverride(7, null, null, new(2026, 3, 31));

        Assert.Equal(tier with { MaxDrivers = 7 }, tier.With(given, new(2026, 3, 31)));
        Assert.Equal(tier, tier.With(given, new(2026, 4, 1)));
    }
}
