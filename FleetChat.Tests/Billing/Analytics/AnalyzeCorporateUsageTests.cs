using System.Text;
using FleetChat.Core.Billing.Analytics;
using FleetChat.Core.Security.Access;
using FleetChat.Tests.Billing.Invoices;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Billing.Analytics;

/// <summary>What a corporate account used: together, of each company in its own days, and of nobody else.</summary>
public sealed class AnalyzeCorporateUsageTests : IAsyncLifetime
{
    // In Chicago the 10th, in Auckland the 11th.
    private static readonly DateTimeOffset s_noon = new(2026, 3, 10, 17, 0, 0, TimeSpan.Zero);
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private CorporateDay _day = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("corporate_usage");
        _fleet = await TestFleet.StartAsync(_database);
        _day = new(_fleet);
        await _day.AddAsync("group");
        await _day.AddAsync("north");
        await _day.AddAsync("west", "Pacific/Auckland");
        await _day.AddAsync("other");
        foreach (var child in new[] { "north", "west" }) BillingDay.Value(await _day.LinkAsync(child, "group"));
        foreach (var (name, sent, heard) in new[] { ("group", 1, 0), ("north", 2, 1), ("west", 3, 0), ("other", 5, 5) })
        {
            var messages = new MessageDay(_fleet, _day[name].Company);
            var driver = await messages.AddDriverAsync();
            for (var n = 0; n < sent; n++) await messages.SendAsync(driver, s_noon, category: "utility");
            for (var n = 0; n < heard; n++) await messages.HearAsync(driver, s_noon);
        }
        _fleet.Clock.SetUtcNow(new(2026, 3, 20, 12, 0, 0, TimeSpan.Zero));
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Companies_are_summed_up_and_shown_by_themselves()
    {
        var usage = await AnalyzeAsync("group");

        Assert.Equal(new(null, 6, 1, 3), usage.Total);
        Assert.Equal([new("2026-03-10", 3, 1, 2), new("2026-03-11", 3, 0, 1)], usage.Data);
        Assert.Equal(["group trucking 1 0", "north trucking 2 1", "west trucking 3 0"], usage.Companies.Select(company => $"{company.CompanyName} {company.Total.MessagesOut} {company.Total.MessagesIn}"));
        Assert.Equal(BillingDay.Value(await _fleet.Get<AnalyzeUsage>().HandleAsync(new(_day["north"].Company.Id, null, null, null), default)).Data, usage.Companies[1].Data);
        Assert.Equal([new("utility", 6, 0, 3), new(null, 0, 1, 1)], (await AnalyzeAsync("group", UsageBy.Category)).Data);
        Assert.Equal(["stop_arrival 6"], (await AnalyzeAsync("group", UsageBy.EventType)).Data.Where(row => row.MessagesOut > 0).Select(row => $"{row.Key} {row.MessagesOut}"));
        // Whoever looks again within an hour stands there once.
        Assert.Equal(2, await _day.CountAsync("fleet.audit_entries where action = 'corporate.looked'"));
    }

    [Fact]
    public async Task A_file_has_the_rows_of_each_company()
    {
        var csv = Encoding.UTF8.GetString(BillingDay.Value(await _fleet.Get<AnalyzeCorporateUsage>().WriteCsvAsync(Ask("group", UsageBy.Day), default)));

        var rows = csv.TrimStart('\uFEFF').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("tenant_id,company_name,key,messages_out,messages_in,active_drivers,delivered_percent,median_response_ms,p95_response_ms", rows[0]);
        Assert.Equal(
            [$"{_day["group"].Company.Id},group trucking,2026-03-10,1,0,1,", $"{_day["north"].Company.Id},north trucking,2026-03-10,2,1,1,", $"{_day["west"].Company.Id},west trucking,2026-03-11,3,0,1,"],
            rows[1..].Select(row => string.Concat(row.Split(',')[..6].Select(cell => $"{cell},"))));
    }

    [Fact]
    public async Task A_child_that_is_closed_or_was_taken_away_is_not_in_it_and_sees_nobody_else()
    {
        BillingDay.Value(await _day.UnlinkAsync("north"));
        await _database.ExecuteAsAdminAsync($"update fleet.tenants set status = 'terminated' where tenant_id = '{_day["west"].Company.Id}'");

        Assert.Equal(["group trucking"], (await AnalyzeAsync("group")).Companies.Select(company => company.CompanyName));
        Assert.Equal(["north trucking"], (await AnalyzeAsync("north")).Companies.Select(company => company.CompanyName));
    }

    [Fact]
    public async Task Too_many_days_are_refused()
        => Assert.Equal(AnalyticsErrors.RangeInvalid, (await _fleet.Get<AnalyzeCorporateUsage>().HandleAsync(Ask("group", null) with { From = new(2020, 1, 1) }, default)).Error);

    private async Task<CorporateUsage> AnalyzeAsync(string name, string? by = null) => BillingDay.Value(await _fleet.Get<AnalyzeCorporateUsage>().HandleAsync(Ask(name, by), default));

    private AnalyzeCorporateUsageInput Ask(string name, string? by) => new(new(_day[name].Company.Id, Roles.CorporateOverseer, "user:overseer"), null, null, by);
}
