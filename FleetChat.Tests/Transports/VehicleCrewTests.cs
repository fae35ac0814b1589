using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Transports;
using FleetChat.Tests.Samsara;

namespace FleetChat.Tests.Transports;

/// <summary>Who drives a vehicle.</summary>
public sealed class VehicleCrewTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private PolledFleet _polled = null!;
    private TestCompany _company = null!;
    private string _ana = null!;
    private string _bo = null!;
    private string _truck = null!;

    public async Task InitializeAsync()
    {
        _polled = await PolledFleet.StartAsync();
        _company = await _polled.AddCompanyAsync();
        (_ana, _bo) = (await _polled.Samsara.AddDriverAsync(Org, new("Ana")), await _polled.Samsara.AddDriverAsync(Org, new("Bo")));
        _truck = await _polled.Samsara.AddVehicleAsync(Org, new("Truck 7"));
    }

    public async Task DisposeAsync() => await _polled.DisposeAsync();

    [Theory]
    [InlineData("a", "a", null, CrewProblem.None)]
    [InlineData("a b?", "a", "b", CrewProblem.None)]
    [InlineData("b? a", "a", "b", CrewProblem.None)]
    [InlineData("a b", "b", "a", CrewProblem.None)]
    [InlineData("a a?", "a", null, CrewProblem.None)]
    [InlineData("", null, null, CrewProblem.Nobody)]
    [InlineData("b?", null, null, CrewProblem.Nobody)]
    [InlineData("a b? c?", null, null, CrewProblem.TooMany)]
    [InlineData("a b c", null, null, CrewProblem.TooMany)]
    public void Whoever_is_no_passenger_is_at_the_wheel_and_nobody_guesses(string members, string? driver, string? coDriver, CrewProblem problem)
    {
        var crew = VehicleCrew.Of([.. members.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((m, index) => new CrewMember(m[..1], Noon.AddMinutes(index - 60), null, m.EndsWith('?')))], Noon, Noon);

        Assert.Equal(new Crew(driver, coDriver, problem, Noon), crew);
    }

    [Fact]
    public void What_was_seen_too_long_ago_or_never_is_not_known()
    {
        CrewMember[] ana = [new("a", Noon.AddHours(-1), null, false)];

        Assert.Equal(CrewProblem.None, VehicleCrew.Of(ana, Noon - VehicleCrew.Fresh, Noon).Problem);
        Assert.Equal(CrewProblem.Unknown, VehicleCrew.Of(ana, Noon - VehicleCrew.Fresh - TimeSpan.FromSeconds(1), Noon).Problem);
        Assert.Equal(CrewProblem.Unknown, VehicleCrew.Of([], null, Noon).Problem);
    }

    [Fact]
    public async Task Crew_is_known_once_it_was_asked_for_and_followed_from_then_on()
    {
        await _polled.Samsara.AssignAsync(Org, new(_ana, _truck));
        Assert.Equal(CrewProblem.Unknown, (await FindAsync()).Problem);

        await RequestAsync();
        Assert.Equal(new Crew(_ana, null, CrewProblem.None, _polled.Now), await FindAsync());

        _polled.Fleet.Clock.Advance(TimeSpan.FromMinutes(2));
        await _polled.Samsara.AssignAsync(Org, new(_bo, _truck));
        await _polled.PollAsync(_company, "assignments");
        await _polled.PollAsync(_company, "assignments");
        Assert.Equal(new Crew(_bo, null, CrewProblem.None, _polled.Now), await FindAsync());
        Assert.Equal(_ana, (await FindAsync(_polled.Now.AddMinutes(-1))).Driver);
        Assert.Equal([_truck, _truck], (await _polled.FactsAsync(_company, "crew.changed")).Select(f => f.GetProperty("vehicle_id").GetString()));

        _polled.Fleet.Clock.Advance(VehicleCrew.Fresh + TimeSpan.FromMinutes(1));
        Assert.Equal(CrewProblem.Unknown, (await FindAsync()).Problem);
    }

    [Fact]
    public async Task Passenger_is_the_co_driver_and_a_truck_that_everybody_left_has_nobody()
    {
        await _polled.Samsara.AssignAsync(Org, new(_ana, _truck));
        await _polled.Samsara.AssignAsync(Org, new(_bo, _truck, IsPassenger: true));
        await RequestAsync();
        Assert.Equal(new Crew(_ana, _bo, CrewProblem.None, _polled.Now), await FindAsync());

        _polled.Fleet.Clock.Advance(TimeSpan.FromMinutes(2));
        foreach (var driver in new[] { _ana, _bo }) await _polled.Samsara.UnassignAsync(Org, driver);
        await RequestAsync();
        Assert.Equal(CrewProblem.Nobody, (await FindAsync(_polled.Now.AddSeconds(1))).Problem);
    }

    [Fact]
    public async Task Requests_of_one_moment_are_one_and_vehicles_that_nobody_wants_are_not_asked_for()
    {
        await RequestAsync(times: 3);
        Assert.Single(await AskedAsync());

        _polled.Fleet.Clock.Advance(TimeSpan.FromHours(25));
        await _polled.PollAsync(_company, "assignments");
        Assert.Single(await AskedAsync());
        _polled.Fleet.Clock.Advance(TimeSpan.FromDays(3));
        await _polled.PollAsync(_company, "assignments");
        Assert.Equal(0, await _polled.Fleet.Db(_company).FindAsync("select count(*) from fleet.vehicle_looks where tenant_id = $1", row => row.GetInt64(0), default));
    }

    [Fact]
    public async Task Another_companys_look_at_the_same_vehicle_is_its_own()
    {
        var other = await _polled.AddCompanyAsync("other");
        await _polled.Samsara.AssignAsync(Org, new(_ana, _truck));
        await RequestAsync();

        Assert.Equal(CrewProblem.Unknown, (await VehicleCrew.FindAsync(_polled.Fleet.Db(other), _truck, _polled.Now, _polled.Now, default)).Problem);
    }

    [Fact]
    public async Task Who_lies_outside_the_companys_tag_is_counted_and_not_known()
    {
        var company = await _polled.AddCompanyAsync("tagged", Org, PolledFleet.TokenOf(Org), tag: "100");
        await _polled.Fleet.AddDriverAsync(company, _ana, "+15125550101");
        await _polled.Samsara.AssignAsync(Org, new(_ana, _truck));
        await _polled.Samsara.AssignAsync(Org, new(_bo, _truck, IsPassenger: true));
        await RequestAsync(company: company);

        var crew = await VehicleCrew.FindAsync(_polled.Fleet.Db(company), _truck, _polled.Now, _polled.Now, default);
        Assert.Equal(_ana, crew.Driver);
        Assert.StartsWith("stranger-", crew.CoDriver, StringComparison.Ordinal);
    }

    private long Org => PolledFleet.OrgOf(_company);

    private async Task RequestAsync(int times = 1, TestCompany? company = null)
    {
        company ??= _company;
        for (var time = 0; time < times; time++)
        {
            await using var db = await _polled.Fleet.Get<TenantDbs>().BeginAsync(company.Id, default);
            var settings = (await _polled.Fleet.Get<TenantSettingsCache>().FindAsync(company.Id, default))!;
            await VehicleCrew.RequestAsync(new Processing(db, await _polled.Fleet.Get<DataKeys>().GetAsync(company.Id, default), settings, _polled.Fleet.Clock), _truck, default);
            await db.CommitAsync(default);
        }
        await _polled.CallAsync(company);
    }

    private Task<Crew> FindAsync(DateTimeOffset? at = null) => VehicleCrew.FindAsync(_polled.Fleet.Db(_company), _truck, at ?? _polled.Now, _polled.Now, default);

    private async Task<IEnumerable<string?>> AskedAsync()
        => (await _polled.Samsara.JournalAsync()).Where(e => e.Kind == "rest.request").Select(e => e.Data.GetProperty("path").GetString()).Where(path => path == "/fleet/driver-vehicle-assignments");
}
