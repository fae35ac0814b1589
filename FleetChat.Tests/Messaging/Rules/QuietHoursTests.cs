using FleetChat.Core.Messaging.Rules;

namespace FleetChat.Tests.Messaging.Rules;

public sealed class QuietHoursTests
{
    private static readonly TimeZoneInfo Chicago = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");

    [Theory]
    [InlineData("2026-03-02T20:59:59-06:00", null, "2026-03-02T20:59:59-06:00")]
    [InlineData("2026-03-02T21:00:00-06:00", null, "2026-03-03T06:00:00-06:00")]
    [InlineData("2026-03-03T05:59:59-06:00", null, "2026-03-03T06:00:00-06:00")]
    [InlineData("2026-03-03T06:00:00-06:00", null, "2026-03-03T06:00:00-06:00")]
    [InlineData("2026-03-03T01:00:00-06:00", "2026-03-03T03:00:00-06:00", "2026-03-03T01:00:00-06:00")]
    [InlineData("2026-03-03T01:00:00-06:00", "2026-03-03T05:00:00-06:00", "2026-03-03T03:00:00-06:00")]
    [InlineData("2026-03-03T01:00:00-06:00", "2026-03-03T12:00:00-06:00", "2026-03-03T06:00:00-06:00")]
    // The clocks go forward that night: six o'clock is an hour nearer.
    [InlineData("2026-03-07T22:00:00-06:00", null, "2026-03-08T06:00:00-05:00")]
    public void Night_is_from_nine_to_six_where_the_driver_is(string now, string? startsAt, string expected)
        => Assert.Equal(DateTimeOffset.Parse(expected, null), QuietHours.Earliest(DateTimeOffset.Parse(now, null), Chicago, startsAt is null ? null : DateTimeOffset.Parse(startsAt, null)));
}
