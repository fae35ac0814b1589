using System.Globalization;
using System.Text.Json;
using FleetChat.LocalHost.Capacity;
using FleetChat.LocalHost.Commands;
using FleetChat.Tests.Conventions;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost;

/// <summary>The model of docs/scale.md. Its figures may move with each measuring; that more companies need no less, and what the page says, may not.</summary>
public sealed class CapacityCommandTests
{
    private static readonly CapacityData s_data = CapacityData.Default;
    private static readonly CapacityModel s_model = new(s_data);

    [Fact]
    public async Task Command_prints_the_column_of_its_size_as_the_page_has_it()
    {
        using var folder = new ReachableFolder();
        await using var command = LocalHostProcess.Start(folder.Path, "capacity", "--tenants", "10000");

        Assert.True(await command.EndAsync() == 0, command.Said);
        var (page, said) = (Rows(Sources.Read("docs/scale.md")), Rows(command.Said));
        Assert.True(said.Count > 30, command.Said);
        var column = CapacityPage.Sizes.ToList().IndexOf(10_000);
        Assert.All(said, row => Assert.Equal(page[row.Key][column], Assert.Single(row.Value)));
    }

    [Fact]
    public void Page_has_the_tables_that_the_command_prints()
        => Assert.Contains(CapacityPage.Tables(s_data, [.. CapacityPage.Sizes.Select(s_model.Of)]), Sources.Read("docs/scale.md"), StringComparison.Ordinal);

    [Fact]
    public async Task As_data_it_has_a_member_for_each_size()
    {
        using var folder = new ReachableFolder();
        await using var command = LocalHostProcess.Start(folder.Path, "capacity", "--json");

        Assert.True(await command.EndAsync() == 0, command.Said);
        using var told = JsonDocument.Parse(command.Said);
        Assert.Equal(CapacityPage.Sizes, told.RootElement.EnumerateArray().Select(n => n.GetProperty("tenants").GetInt32()));
        Assert.All(told.RootElement.EnumerateArray(), needed => Assert.True(needed.GetProperty("cost_a_month").GetDouble() > 0));
    }

    [Theory]
    [InlineData("--tenants")]
    [InlineData("--tenants", "0")]
    [InlineData("--tenants", "-5")]
    [InlineData("--tenants", "many")]
    [InlineData("--tenants", "10000001")]
    [InlineData("--tenants", "1e3")]
    [InlineData("--drivers", "3")]
    [InlineData("10000")]
    public void What_is_not_understood_is_refused(params string[] options) => Assert.Throws<FormatException>(() => CommandOptions.ReadCapacity(options));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(CapacityModel.MostTenants + 1)]
    public void Model_refuses_what_is_no_number_of_companies(int tenants) => Assert.Throws<ArgumentOutOfRangeException>(() => s_model.Of(tenants));

    [Fact]
    public void More_companies_need_no_less_of_anything_and_a_company_costs_no_more_but_for_a_step_up()
    {
        var sizes = Enumerable.Range(0, 60).Select(step => (int)Math.Round(Math.Pow(10, step / 10.0))).Distinct().Select(s_model.Of).ToList();
        foreach (var (few, more) in sizes.Zip(sizes.Skip(1)))
        {
            Assert.All(Figures(few).Zip(Figures(more)), pair => Assert.True(pair.First.Value <= pair.Second.Value, $"{pair.First.Name}: {few.Tenants} companies need {pair.First.Value}, and {more.Tenants} {pair.Second.Value}"));
            Assert.All(few.Used, used => Assert.True(used.Value <= more.Used[used.Key], used.Key));
            // A larger server comes all at once.
            Assert.True(more.CostATenant <= few.CostATenant * 1.6, $"{few.Tenants}: {few.CostATenant}, {more.Tenants}: {more.CostATenant}");
        }
        Assert.True(sizes[^1].CostATenant < sizes[0].CostATenant / 10);
    }

    [Fact]
    public void What_costs_nothing_more_is_not_in_it()
    {
        var twice = new CapacityModel(s_data with { Volumes = [.. s_data.Volumes.Select(v => v.Id == "drivers" ? v with { Value = v.Value * 2 } : v)] });

        // Events follow drivers, and polling follows companies.
        Assert.Equal(2 * s_model.Of(1000).EventsPerSecond, twice.Of(1000).EventsPerSecond, 6);
        Assert.Equal(s_model.Of(1000).SamsaraRequestsPerSecond, twice.Of(1000).SamsaraRequestsPerSecond, 6);
        Assert.True(twice.Of(1000).CostAMonth > s_model.Of(1000).CostAMonth);
    }

    [Fact]
    public void Events_are_drivers_times_days_times_events()
        => Assert.Equal(1000 * s_data.Volume("drivers") * s_data.Volume("days") * s_data.Volume("samsara_events") / (30 * 86_400), s_model.Of(1000).EventsPerSecondMean, 6);

    [Fact]
    public void More_than_one_server_can_do_is_spread_over_databases()
    {
        var most = s_data.PriceList.ServerVcores[^1];
        var needed = s_model.Of(CapacityModel.MostTenants);

        Assert.True(needed.Databases > 1);
        Assert.True(needed.PostgresVcores >= needed.PostgresBusy / s_data.Volume("use"));
        Assert.True(needed.PostgresVcores <= needed.Databases * most);
        Assert.True(needed.Used["postgres_vcores"] > 1);
    }

    [Fact]
    public void Every_figure_is_used_has_a_unit_and_says_why_or_from_when_it_is()
    {
        Assert.All(s_data.Volumes, v => Assert.True(v.Value > 0 && v.Unit.Length > 0 && v.Why.Length > 0, v.Id));
        Assert.All(s_data.PriceList.Prices, p => Assert.True(p.Amount > 0 && p.Unit.Length > 0, p.Id));
        Assert.All(s_data.Limits, l => Assert.True(l.Most > 0 && l.What.Length > 0 && l.Source.Length > 0 && l.Then.Length > 0, l.Id));
        Assert.True(s_data.PriceList.Date.Year >= 2026 && s_data.PriceList.Source.Length > 0);
        Assert.Equal(s_data.PriceList.ServerVcores.Order(), s_data.PriceList.ServerVcores);
        var code = Sources.Read("FleetChat.LocalHost/Capacity/CapacityModel.cs");
        Assert.All(s_data.Volumes.Select(v => v.Id).Concat(s_data.PriceList.Prices.Select(p => p.Id)).Concat(s_data.Limits.Select(l => l.Id)), id => Assert.Contains($"\"{id}\"", code, StringComparison.Ordinal));
    }

    private static IEnumerable<(string Name, double Value)> Figures(NeededCapacity needed)
        => typeof(NeededCapacity).GetProperties().Where(p => p.PropertyType == typeof(double) || p.PropertyType == typeof(int)).Where(p => p.Name != nameof(NeededCapacity.CostATenant))
            .Select(p => (p.Name, Convert.ToDouble(p.GetValue(needed), CultureInfo.InvariantCulture)));

    /// <summary>The four tables' rows: by their words the figures.</summary>
    private static Dictionary<string, string[]> Rows(string page)
    {
        var rows = new Dictionary<string, string[]>();
        var heading = "";
        foreach (var line in page.Split('\n').Select(l => l.Trim()))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal)) heading = line;
            if (heading is not ("## The load" or "## What it needs" or "## What it costs" or "## What breaks first") || !line.StartsWith("| ", StringComparison.Ordinal)) continue;
            var cells = line.Trim('|').Split('|').Select(c => c.Trim()).ToList();
            // Words before the figures: two in the first tables. Words after them: what is to be changed, in the last.
            var before = heading is "## The load" or "## What it needs" ? 2 : 1;
            var after = heading == "## What breaks first" ? 1 : 0;
            rows[$"{heading} {string.Join(' ', cells.Take(before))}"] = [.. cells.Skip(before).Take(cells.Count - before - after)];
        }
        return rows;
    }
}
