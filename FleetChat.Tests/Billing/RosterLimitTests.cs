using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Tests.Samsara;

namespace FleetChat.Tests.Billing;

/// <summary>Samsara's roster is larger than the company's limit: who is over it is known, waits, and comes in when there is room.</summary>
public sealed class RosterLimitTests : IAsyncLifetime
{
    private PolledFleet _polled = null!;
    private TestCompany _company = null!;

    public async Task InitializeAsync()
    {
        _polled = await PolledFleet.StartAsync();
        _company = await _polled.AddCompanyAsync();
        Assert.True((await _polled.Fleet.Get<OverrideLimits>().HandleAsync(new(_company.Id, new(2, null, null, new(2099, 1, 1)), "operator"), default)).IsOk);
    }

    public async Task DisposeAsync() => await _polled.DisposeAsync();

    [Fact]
    public async Task Who_is_over_the_limit_waits_with_an_alert_and_comes_in_when_somebody_leaves()
    {
        var (ana, bo) = (await AddAsync("Ana", "512 555 0101"), await AddAsync("Bo", "512 555 0102"));
        await AddAsync("Cy", "512 555 0103");
        await PollAsync();
        var waiting = (await StatusesAsync()).Single(status => status.Value == "over_limit").Key;
        Assert.Equal(["driver.over_limit"], await _polled.OpenAlertsAsync(_company));

        await _polled.Samsara.ChangeDriverAsync(Org, waiting == ana ? bo : ana, new(Active: false));
        await PollAsync();
        Assert.Equal("over_limit", (await StatusesAsync())[waiting]);
        await _polled.Fleet.Get<KeepUsage>().HandleAsync(default);

        Assert.Equal("active", (await StatusesAsync())[waiting]);
        Assert.DoesNotContain("driver.over_limit", await _polled.OpenAlertsAsync(_company));
    }

    [Fact]
    public async Task Who_comes_back_or_changes_his_phone_does_not_slip_past_the_limit()
    {
        var ana = await AddAsync("Ana", "512 555 0101");
        await PollAsync();
        await _polled.Samsara.ChangeDriverAsync(Org, ana, new(Active: false));
        await PollAsync();
        foreach (var name in new[] { "Bo", "Cy" }) await AddAsync(name, "512 555 0109");
        await PollAsync();
        await _polled.Samsara.ChangeDriverAsync(Org, ana, new(Active: true));
        await PollAsync();
        Assert.Equal("over_limit", (await StatusesAsync())[ana]);

        await _polled.Samsara.ChangeDriverAsync(Org, ana, new(Phone: "512 555 0110"));
        await PollAsync();

        Assert.Equal("over_limit", (await StatusesAsync())[ana]);
        var usage = (await _polled.Fleet.Get<GetUsage>().HandleAsync(_company.Id, default)).Value;
        Assert.Equal((2, 1), (usage.EnrolledDrivers, usage.WaitingDrivers));
    }

    [Fact]
    public async Task Who_leaves_while_he_waits_waits_no_more()
    {
        await AddAsync("Ana", "512 555 0101");
        await AddAsync("Bo", "512 555 0102");
        await PollAsync();
        var cy = await AddAsync("Cy", "512 555 0103");
        await PollAsync();
        await _polled.Samsara.ChangeDriverAsync(Org, cy, new(Active: false));
        await PollAsync();

        Assert.Equal("deactivated", (await StatusesAsync())[cy]);
        Assert.Empty(await _polled.OpenAlertsAsync(_company));
    }

    private long Org => PolledFleet.OrgOf(_company);

    private Task PollAsync() => _polled.PollAsync(_company, "drivers");

    private Task<string> AddAsync(string name, string phone) => _polled.Samsara.AddDriverAsync(Org, new(name, Phone: phone));

    private async Task<Dictionary<string, string>> StatusesAsync()
        => (await _polled.Fleet.Db(_company).ListAsync("select samsara_driver_id, status from fleet.drivers where tenant_id = $1", row => (row.GetString(0), row.GetString(1)), default)).ToDictionary();
}
