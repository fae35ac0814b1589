using System.Globalization;
using System.Text;
using FleetChat.Core.Billing.Analytics;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Tests.Billing.Invoices;

namespace FleetChat.Tests.Billing.Analytics;

/// <summary>Usage by day, driver, event type and category, against what was counted by hand.</summary>
public sealed class AnalyzeUsageTests : IClassFixture<FleetFixture>
{
    private static readonly DateTimeOffset s_now = new(2026, 4, 10, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly s_first = new(2026, 3, 1);
    private static readonly DateOnly s_last = new(2026, 3, 31);
    private readonly TestFleet _fleet;

    public AnalyzeUsageTests(FleetFixture fixture)
    {
        _fleet = fixture.Fleet;
        _fleet.Clock.SetUtcNow(s_now);
    }

    [Fact]
    public async Task Sums_are_those_of_a_count_by_hand()
    {
        var (day, ana, _) = await FillAsync();

        var byDay = await AnalyzeAsync(day, UsageBy.Day);
        var byDriver = await AnalyzeAsync(day, UsageBy.Driver);

        // Two on the tenth and one on the eleventh went out, one came in on each; Ana has two out and one in, Bo the rest.
        Assert.Equal(["2026-03-10 2 1 2", "2026-03-11 1 1 2"], byDay.Data.Select(Shown));
        Assert.Equal(" 3 2 2", Shown(byDay.Total));
        Assert.Equal($"{ana} 2 1 1", Shown(byDriver.Data.Single(row => row.Key == ana.ToString())));
        Assert.Equal(2, byDriver.Data.Count);
        Assert.Equal(byDay.Total, byDriver.Total);
    }

    [Fact]
    public async Task An_answer_is_of_what_it_answers_and_what_ended_late_of_its_rule()
    {
        var (day, _, _) = await FillAsync();

        Assert.Equal(["digest 1 0 1", "stop_arrival 2 1 1", " 0 1 1"], (await AnalyzeAsync(day, UsageBy.EventType)).Data.Select(Shown));
    }

    [Fact]
    public async Task A_category_is_what_statuses_told()
    {
        var (day, _, _) = await FillAsync();

        // What came in has none, and of one that went out nobody told it.
        Assert.Equal(["service 1 0 1", "utility 1 0 1", " 1 2 2"], (await AnalyzeAsync(day, UsageBy.Category)).Data.Select(Shown));
    }

    [Theory]
    [InlineData(UsageBy.Day)]
    [InlineData(UsageBy.Driver)]
    [InlineData(UsageBy.EventType)]
    [InlineData(UsageBy.Category)]
    public async Task Rows_are_together_the_total(string by)
    {
        var (day, _, _) = await FillAsync();

        var usage = await AnalyzeAsync(day, by);

        Assert.Equal((3, 2), (usage.Data.Sum(row => row.MessagesOut), usage.Data.Sum(row => row.MessagesIn)));
        Assert.Equal((3, 2), (usage.Total.MessagesOut, usage.Total.MessagesIn));
    }

    // Chicago is six hours behind until March 8, then five.
    [Theory]
    [InlineData("America/Chicago", "2026-03-01T05:59:59Z", "")]
    [InlineData("America/Chicago", "2026-03-01T06:00:00Z", "2026-03-01")]
    [InlineData("America/Chicago", "2026-03-08T05:59:59Z", "2026-03-07")]
    [InlineData("America/Chicago", "2026-03-08T06:00:00Z", "2026-03-08")]
    [InlineData("America/Chicago", "2026-03-09T04:59:59Z", "2026-03-08")]
    [InlineData("America/Chicago", "2026-03-09T05:00:00Z", "2026-03-09")]
    [InlineData("America/Chicago", "2026-04-01T04:59:59Z", "2026-03-31")]
    [InlineData("America/Chicago", "2026-04-01T05:00:00Z", "")]
    [InlineData("Asia/Kathmandu", "2026-02-28T18:14:59Z", "")]
    [InlineData("Asia/Kathmandu", "2026-02-28T18:15:00Z", "2026-03-01")]
    [InlineData("Asia/Kathmandu", "2026-03-31T18:14:59Z", "2026-03-31")]
    [InlineData("Asia/Kathmandu", "2026-03-31T18:15:00Z", "")]
    public async Task A_day_is_the_companys_own(string zone, string at, string expected)
    {
        var day = await MessageDay.StartAsync(_fleet);
        await day.MoveToAsync(zone);
        await day.SendAsync(await day.AddDriverAsync(), DateTimeOffset.Parse(at, CultureInfo.InvariantCulture));

        var usage = await AnalyzeAsync(day, UsageBy.Day);

        Assert.Equal(expected, string.Join(' ', usage.Data.Select(row => row.Key)));
        Assert.Equal(expected.Length > 0 ? 1 : 0, usage.Total.MessagesOut);
    }

    [Fact]
    public async Task What_is_counted_already_and_what_is_billed_late_stays_on_its_own_day()
    {
        var day = await MessageDay.StartAsync(_fleet);
        var (driver, at) = (await day.AddDriverAsync(), new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));
        await day.SendAsync(driver, at);
        await day.FoldAsync();
        await _fleet.Database.ExecuteAsAdminAsync("update fleet.usage_facts set billed_in = null where tenant_id = $1", P.Text(day.Company.Id.Value));
        await day.SendAsync(driver, at);
        await day.FoldAsync();
        await _fleet.Database.ExecuteAsAdminAsync("update fleet.billing_state set closed_through = '2026-03-01' where tenant_id = $1", P.Text(day.Company.Id.Value));
        await day.SendAsync(driver, at);
        await day.FoldAsync();
        await day.SendAsync(driver, at);

        Assert.Equal(["2026-03-10 4 0 1"], (await AnalyzeAsync(day, UsageBy.Day)).Data.Select(Shown));
    }

    [Fact]
    public async Task Deliveries_are_of_those_that_had_time_for_it_and_responses_of_those_that_a_webhook_caused()
    {
        var day = await MessageDay.StartAsync(_fleet);
        var driver = await day.AddDriverAsync();
        foreach (var (seconds, status) in new[] { (1, DeliveryStatus.Delivered), (2, DeliveryStatus.Read), (3, DeliveryStatus.Failed), (10, DeliveryStatus.Delivered) })
            await day.SendAsync(driver, s_now.AddHours(-1), status: status, waited: TimeSpan.FromSeconds(seconds));
        await day.SendAsync(driver, s_now.AddHours(-1), status: DeliveryStatus.Sent);
        await day.SendAsync(driver, s_now.AddMinutes(-5), status: DeliveryStatus.Accepted);
        await day.HearAsync(driver, s_now.AddHours(-1));

        var total = BillingDay.Value(await _fleet.Get<AnalyzeUsage>().HandleAsync(new(day.Company.Id, null, null, null), default)).Total;

        // Three of five. Between two and three seconds lies the middle of four; 95 percent are at 2.85 of the three steps: 3 s and 85 percent of the way to 10.
        Assert.Equal((6, 1), (total.MessagesOut, total.MessagesIn));
        Assert.Equal((60m, 2_500, 8_950), (total.DeliveredPercent, total.MedianResponseMs, total.P95ResponseMs));
    }

    [Fact]
    public async Task Where_there_is_nothing_nothing_is_made_up()
    {
        var day = await MessageDay.StartAsync(_fleet);

        var usage = await AnalyzeAsync(day, UsageBy.Day);

        Assert.Empty(usage.Data);
        Assert.Equal(new(null, 0, 0, 0, null, null, null), usage.Total);
    }

    [Fact]
    public async Task Another_companys_rows_are_never_in_it()
    {
        var (day, _, _) = await FillAsync();
        var before = await Task.WhenAll(UsageBy.All.Select(by => TextAsync(day, by)));

        var (other, _, _) = await FillAsync("beside");

        Assert.Equal(before, await Task.WhenAll(UsageBy.All.Select(by => TextAsync(day, by))));
        Assert.Empty((await AnalyzeAsync(day, UsageBy.Driver)).Data.Select(row => row.Key).Intersect((await AnalyzeAsync(other, UsageBy.Driver)).Data.Select(row => row.Key)));
    }

    [Fact]
    public async Task Csv_is_the_rows_and_no_formula()
    {
        var day = await MessageDay.StartAsync(_fleet);
        var (driver, at) = (await day.AddDriverAsync(), new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));
        await day.SendAsync(driver, at, category: "=HYPERLINK(\"x\")", waited: TimeSpan.FromSeconds(2));
        await day.SendAsync(driver, at, category: "utility", status: DeliveryStatus.Sent);

        var csv = Encoding.UTF8.GetString(BillingDay.Value(await _fleet.Get<AnalyzeUsage>().WriteCsvAsync(new(day.Company.Id, s_first, s_last, UsageBy.Category), default)));

        Assert.Equal(
            "\uFEFFkey,messages_out,messages_in,active_drivers,delivered_percent,median_response_ms,p95_response_ms\r\n"
            + "\"'=HYPERLINK(\"\"x\"\")\",1,0,1,100,2000,2000\r\n"
            + "utility,1,0,1,0,,\r\n", csv);
    }

    [Theory]
    [InlineData("2026-03-02", "2026-03-01", false)]
    [InlineData("2026-03-01", "2026-03-01", true)]
    [InlineData("2025-01-01", "2026-02-04", true)]
    [InlineData("2025-01-01", "2026-02-05", false)]
    [InlineData("0001-01-01", "0001-01-02", false)]
    [InlineData("9999-12-30", "9999-12-31", false)]
    public async Task Days_are_400_at_most_and_in_order(string from, string until, bool isTaken)
    {
        var day = await MessageDay.StartAsync(_fleet);

        var usage = await _fleet.Get<AnalyzeUsage>().HandleAsync(
            new(day.Company.Id, DateOnly.Parse(from, CultureInfo.InvariantCulture), DateOnly.Parse(until, CultureInfo.InvariantCulture), null), default);

        Assert.Equal(isTaken ? null : "analytics.range_invalid", usage.Error?.Code);
    }

    /// <summary>Ana gets an arrival on the tenth and answers it, and what ended late on the eleventh; Bo gets a digest on the tenth and writes by himself on the eleventh.</summary>
    private async Task<(MessageDay Day, Guid Ana, Guid Bo)> FillAsync(string name = "acme")
    {
        var day = await MessageDay.StartAsync(_fleet, name);
        var (ana, bo) = (await day.AddDriverAsync("+12125550100"), await day.AddDriverAsync("+12125550101"));
        var (tenth, eleventh) = (new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 3, 11, 12, 0, 0, TimeSpan.Zero));
        var arrival = await day.SendAsync(ana, tenth, category: "utility", billable: true);
        await day.HearAsync(ana, tenth.AddMinutes(1), arrival);
        await day.SendAsync(bo, tenth, reason: "digest", category: "service", billable: false);
        await day.SendAsync(ana, eleventh, reason: "stop_arrival:expired", status: DeliveryStatus.Failed);
        await day.HearAsync(bo, eleventh);
        return (day, ana, bo);
    }

    private async Task<UsageAnalytics> AnalyzeAsync(MessageDay day, string by)
        => BillingDay.Value(await _fleet.Get<AnalyzeUsage>().HandleAsync(new(day.Company.Id, s_first, s_last, by), default));

    private async Task<string> TextAsync(MessageDay day, string by)
    {
        var usage = await AnalyzeAsync(day, by);
        return string.Join('\n', usage.Data.Prepend(usage.Total).Select(row => row.ToString()));
    }

    private static string Shown(UsageRow row) => string.Create(CultureInfo.InvariantCulture, $"{row.Key} {row.MessagesOut} {row.MessagesIn} {row.ActiveDrivers}");
}
