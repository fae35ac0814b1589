using FleetChat.Core.Drivers.Imports;
using FleetChat.Tests.Samsara;

namespace FleetChat.Tests.Drivers.Imports;

/// <summary>The roster as Samsara's simulator has it, page by page.</summary>
public sealed class SamsaraImportTests : IAsyncLifetime
{
    private static readonly ImportSettings s_samsara = new(ImportSettings.Samsara);
    private PolledFleet _polled = null!;
    private TestCompany _company = null!;

    public async Task InitializeAsync()
    {
        _polled = await PolledFleet.StartAsync();
        _company = await _polled.AddCompanyAsync();
    }

    public async Task DisposeAsync() => await _polled.DisposeAsync();

    [Fact]
    public async Task Samsaras_roster_is_taken_as_it_is_and_again_changes_nothing()
    {
        var bench = new ImportBench(_polled.Fleet, _company);
        var org = long.Parse(_company.OrgId, System.Globalization.CultureInfo.InvariantCulture);
        var known = await _polled.Fleet.AddDriverAsync(_company, "entered", "+1 512 555 0199", "Entered here");
        for (var n = 0; n < 600; n++) await _polled.Samsara.AddDriverAsync(org, new($"Driver {n}", Phone: n == 0 ? "no phone" : n == 2 ? null : $"512 555 {n / 2 * 2 + 1000}"));

        var import = await bench.RunAsync(await bench.OpenAsync(s_samsara));

        Assert.Equal((ImportState.Done, 600, 0), (import.State, import.Rows.Added, import.Rows.Refused));
        var rows = await bench.RowsAsync(import.Id);
        Assert.Equal("not_possible", rows.Single(r => r.Name == "Driver 0").PhoneFlag);
        Assert.True(rows.Single(r => r.Name == "Driver 5").SharedPhone);
        Assert.DoesNotContain(rows, r => r.DriverId == known);
        var before = await bench.RosterAsync();
        var again = await bench.RunAsync(await bench.OpenAsync(s_samsara));
        Assert.Equal((600, 0), (again.Rows.Unchanged, again.Rows.Changed));
        Assert.Equal(before, await bench.RosterAsync());
        // What a look at the roster finds afterwards is known.
        await _polled.PollAsync(_company, "drivers");
        Assert.Equal(before, await bench.RosterAsync());
    }
}
