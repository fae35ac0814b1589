using CsCheck;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Rating;

namespace FleetChat.Tests.Billing.Rating;

/// <summary>What a month's usage is expected to be at its end, case by case against figures worked out by hand.</summary>
public sealed class ForecastUsageTests
{
    private const long Day = 86_400;

    private static readonly TimeZoneInfo s_chicago = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");

    // Drivers and messages so far, late ones among them, idle drivers, days over and left, days of the trial left, the last month (drivers, messages, days), and what is expected.
    [Theory]
    // 10 of 30 days: three times as much.
    [InlineData(4, 100, 0, 0, 50, 10, 20, 0, null, "this_month", 12, 300, 0)]
    // 12 by the pace, and only three more are enrolled.
    [InlineData(4, 100, 0, 0, 3, 10, 20, 0, null, "this_month", 7, 300, 0)]
    // One of four drivers and 40 of 100 messages are of the month before: 1 + 3 × 3, 100 + 60 × 2.
    [InlineData(4, 100, 1, 40, 50, 10, 20, 0, null, "this_month", 10, 220, 0)]
    // 100 × 7 / 24 = 29.17.
    [InlineData(4, 100, 0, 0, 0, 24, 7, 0, null, "this_month", 4, 129, 0)]
    // A half goes to the even one: 5 × 15 / 10 = 7.5, and 7 × 15 / 10 = 10.5.
    [InlineData(1, 5, 0, 0, 0, 10, 15, 0, null, "this_month", 1, 13, 0)]
    [InlineData(1, 7, 0, 0, 0, 10, 15, 0, null, "this_month", 1, 17, 0)]
    // The trial goes on for 5 of the 20 days: 50 of the 200 that come are free.
    [InlineData(4, 100, 0, 0, 0, 10, 20, 5, null, "this_month", 4, 300, 50)]
    // Three days are enough, whatever the last month was.
    [InlineData(3, 30, 0, 0, 9, 3, 27, 0, "20 6000 30", "this_month", 12, 300, 0)]
    // After two days as in the last month: 30 + 28 × 200, and as many drivers as then.
    [InlineData(3, 30, 0, 0, 40, 2, 28, 0, "20 6000 30", "last_month", 20, 5_630, 0)]
    // There are more already than in the whole last month.
    [InlineData(25, 30, 0, 0, 40, 2, 28, 0, "20 6000 30", "last_month", 25, 5_630, 0)]
    // In service for half of the last month: as many in half the time are twice as many in the whole; five have left since.
    [InlineData(3, 0, 0, 0, 32, 0, 30, 0, "20 3000 15", "last_month", 35, 6_000, 0)]
    // Two days of a last month are no pace, but this one's first day is.
    [InlineData(3, 30, 0, 0, 40, 1, 29, 0, "20 6000 2", "this_month", 43, 900, 0)]
    [InlineData(3, 30, 0, 0, 40, 1, 29, 0, null, "this_month", 43, 900, 0)]
    [InlineData(3, 30, 0, 0, 40, 0, 30, 0, null, "none", 3, 30, 0)]
    // It has left, or the month has ended.
    [InlineData(3, 30, 0, 0, 40, 10, 0, 0, "20 6000 30", "none", 3, 30, 0)]
    [InlineData(0, 0, 0, 0, 0, 10, 20, 0, null, "this_month", 0, 0, 0)]
    public void A_month_goes_on_as_was_worked_out_by_hand(
        long drivers, long messages, long lateDrivers, long lateMessages, long idle, long over, long left, long trialLeft, string? last, string pace, long driversThen, long messagesThen, long trialThen)
    {
        var expected = ForecastUsage.Of(new(new(drivers, messages, 0), new(lateDrivers, lateMessages), idle, new(over * Day, left * Day), trialLeft * Day, Parse(last)));

        Assert.Equal(new(pace, new(driversThen, messagesThen, trialThen)), expected);
    }

    [Fact]
    public void More_than_can_be_billed_is_never_expected()
    {
        var month = new MonthUsage(RatingRange.Drivers, RatingRange.Messages - 1, 0);

        var expected = ForecastUsage.Of(new(month, new(0, 0), RatingRange.Drivers, new(10 * Day, 20 * Day), 20 * Day, null)).Usage;

        Assert.Equal(new(RatingRange.Drivers, RatingRange.Messages, 1), expected);
        Assert.Null(expected.FindFault());
    }

    [Fact]
    public void No_month_is_forecast_to_be_less_or_to_cost_less_than_it_does_already()
        => Gen.Select(RandomMonths.All, Gen.Long[0, 31], Gen.Long[0, 31], Gen.Long[0, 31], Gen.Long[0, 10_000], Gen.Select(Gen.Long[0, 5_000], Gen.Long[0, 200_000], Gen.Long[0, 31]))
            .Sample((month, over, left, trialLeft, idle, last) =>
            {
                var soFar = month.Usage;
                var late = new PastUsage(soFar.ActiveDrivers / 3, soFar.Messages / 5);

                var expected = ForecastUsage.Of(new(soFar, late, idle, new(over * Day, left * Day), Math.Min(trialLeft, left) * Day, new(last.Item1, last.Item2, last.Item3 * Day))).Usage;

                Assert.Null(expected.FindFault());
                Assert.InRange(expected.ActiveDrivers, soFar.ActiveDrivers, soFar.ActiveDrivers + idle);
                Assert.True(expected.Messages >= soFar.Messages);
                if (left == 0) Assert.Equal(soFar, expected);
                Assert.True(RateUsage.Of(month with { Usage = expected }).TotalAmount >= RateUsage.Of(month).TotalAmount);
            }, iter: 2_000);

    // Zone, now, days of March 2026 in service, days that are left aside, hours over and left.
    [Theory]
    [InlineData("America/Chicago", "2026-03-11T05:00Z", "1-32", null, 239, 504)]
    // The clocks go forward on the 8th in Chicago, and on no day in Phoenix.
    [InlineData("America/Phoenix", "2026-03-11T07:00Z", "1-32", null, 240, 504)]
    [InlineData("America/Chicago", "2026-03-11T05:00Z", "21-32", null, 0, 264)]
    [InlineData("America/Chicago", "2026-03-11T17:00Z", "9-11 21-32", null, 48, 264)]
    // It has left at the end of the 10th.
    [InlineData("America/Chicago", "2026-03-21T05:00Z", "1-11", null, 239, 0)]
    [InlineData("America/Chicago", "2026-04-11T05:00Z", "1-32", null, 743, 0)]
    [InlineData("America/Chicago", "2026-03-11T05:00Z", "1-32", 16, 239, 120)]
    [InlineData("America/Chicago", "2026-03-11T05:00Z", "1-32", 6, 120, 0)]
    public void Time_in_service_is_what_passes_in_the_companys_zone(string zone, string now, string days, int? until, long over, long left)
    {
        var service = days.Split(' ').Select(span => span.Split('-')).Select(span => new ServiceSpan(March(span[0]), March(span[1]), "starter")).ToList();

        var time = ServiceTime.Of(service, TimeZoneInfo.FindSystemTimeZoneById(zone), DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture), until is { } day ? new DateOnly(2026, 3, day) : null);

        Assert.Equal(new(over * 3600, left * 3600), time);
    }

    [Fact]
    public void What_is_left_aside_and_what_is_not_are_the_whole()
    {
        var service = new[] { new ServiceSpan(new(2026, 3, 1), new(2026, 4, 1), "starter") };
        var whole = (long)(BillingPeriod.EndOf(new(2026, 3, 1), s_chicago) - BillingPeriod.StartOf(new(2026, 3, 1), s_chicago)).TotalSeconds;

        for (var hour = 0; hour < 800; hour += 7)
            Assert.Equal(whole, ServiceTime.Of(service, s_chicago, BillingPeriod.StartOf(new(2026, 3, 1), s_chicago).AddHours(hour)).Whole);
    }

    private static DateOnly March(string day) => new DateOnly(2026, 3, 1).AddDays(int.Parse(day, System.Globalization.CultureInfo.InvariantCulture) - 1);

    private static LastMonth? Parse(string? last)
    {
        if (last is null) return null;
        var parts = last.Split(' ').Select(part => long.Parse(part, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        return new(parts[0], parts[1], parts[2] * Day);
    }
}
