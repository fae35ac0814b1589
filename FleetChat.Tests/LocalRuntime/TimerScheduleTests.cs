using FleetChat.LocalRuntime.Timers;

namespace FleetChat.Tests.LocalRuntime;

public sealed class TimerScheduleTests
{
    private static readonly DateTimeOffset Noon = new(2027, 3, 1, 12, 0, 30, TimeSpan.Zero);

    [Theory]
    [InlineData("0 */5 * * * *", "2027-03-01T12:05:00")]
    [InlineData("*/5 * * * *", "2027-03-01T12:05:00")]
    [InlineData("30 9 * * Mon-Fri", "2027-03-02T09:30:00")]
    [InlineData("0 30 9 * Jan Mon", "2028-01-03T09:30:00")]
    [InlineData("  0  0 *  * * *", "2027-03-01T13:00:00")]
    [InlineData("00:00:45", "2027-03-01T12:01:15")]
    [InlineData("24:00:00", "2027-03-25T12:00:30")]
    [InlineData("1.00:00:00", "2027-03-02T12:00:30")]
    [InlineData("0 0 0 31 2 *", "9999-12-31T23:59:59")]
    public void The_next_time_is_that_of_the_real_host(string schedule, string next)
        => Assert.Equal(next, TimerSchedule.Parse("A", schedule).NextAfter(Noon).ToString("s", System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("* * * * * *", false)]
    [InlineData("*/5 * * * * *", false)]
    [InlineData("10,20,45 * * * * *", false)]
    [InlineData("00:00:59", false)]
    [InlineData("0 * * * * *", true)]
    [InlineData("* * * * *", true)]
    [InlineData("* 30 * * * *", true)]
    [InlineData("*/10 */20 * * * *", true)]
    [InlineData("00:01:00", true)]
    public void What_comes_round_several_times_in_each_minute_is_kept_no_account_of(string schedule, bool isMonitorable)
        => Assert.Equal(isMonitorable, TimerSchedule.Parse("A", schedule).IsMonitorable);

    [Theory]
    [InlineData("every day")]
    [InlineData("* * * *")]
    [InlineData("61 * * * * *")]
    [InlineData("-00:01:00")]
    [InlineData("00:00:00")]
    [InlineData("")]
    public void Anything_else_is_refused(string schedule)
        => Assert.Contains($"'{schedule}' is not a NCRONTAB expression", Assert.Throws<InvalidOperationException>(() => TimerSchedule.Parse("A", schedule)).Message, StringComparison.Ordinal);
}
