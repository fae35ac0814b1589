using System.Net;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Samsara;
using FleetChat.Core.Samsara.Polling;
using FleetChat.Core.Tenants;
using FleetChat.Simulators.Samsara;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Samsara;

/// <summary>Looks at Samsara's routes: what changed is a fact once, and what is missing is gone only if Samsara says so.</summary>
public sealed class PollSamsaraTests : IAsyncLifetime
{
    private readonly SlowLine _line = new();
    private PolledFleet _polled = null!;
    private TestCompany _company = null!;
    private string _driver = null!;

    public async Task InitializeAsync()
    {
        _polled = await PolledFleet.StartAsync(services => services.AddHttpClient<ISamsaraClient, SamsaraClient>().AddHttpMessageHandler(() => new SlowHandler(_line)));
        _company = await _polled.AddCompanyAsync();
        _driver = await _polled.Samsara.AddDriverAsync(Org, new("Ana"));
    }

    public async Task DisposeAsync() => await _polled.DisposeAsync();

    [Fact]
    public async Task First_look_only_records_and_what_comes_later_is_news()
    {
        var old = await _polled.AddRouteAsync(_company, _driver);
        await _polled.PollAsync(_company);
        var fresh = await _polled.AddRouteAsync(_company, _driver);
        await _polled.PollAsync(_company);
        var seenAt = _polled.Now;
        await _polled.PollAsync(_company);

        var facts = await _polled.FactsAsync(_company, "route.seen");
        Assert.Equal(
            [(old.Id, true), (fresh.Id, false)],
            facts.Select(f => (f.GetProperty("route").GetProperty("id").GetString(), f.GetProperty("first_look").GetBoolean())));
        Assert.Equal(seenAt, facts[1].GetProperty("seen_at").GetDateTimeOffset());
        Assert.Equal("routes: 2, changed 0, gone 0", await _polled.OutcomeOfCallAsync(_company, "poll:routes"));
    }

    [Fact]
    public async Task What_goes_from_A_to_B_and_back_to_A_is_three_facts()
    {
        var route = await _polled.AddRouteAsync(_company, _driver);
        var other = await _polled.Samsara.AddDriverAsync(Org, new("Bo"));
        foreach (var driver in new[] { _driver, other, _driver })
        {
            await _polled.Samsara.ChangeRouteAsync(Org, route.Id, new(DriverId: driver));
            await _polled.PollAsync(_company);
            await _polled.PollAsync(_company);
        }

        Assert.Equal([_driver, other, _driver], (await _polled.FactsAsync(_company, "route.seen")).Select(f => f.GetProperty("route").GetProperty("driver").GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Route_that_was_deleted_is_gone_once_and_one_that_cannot_be_looked_for_is_not()
    {
        var route = await _polled.AddRouteAsync(_company, _driver);
        await _polled.PollAsync(_company);
        await _polled.Samsara.DeleteRouteAsync(Org, route.Id);

        await _polled.Samsara.FailCallsAsync(new(500, PathPrefix: "/fleet/routes/"));
        await _polled.PollAsync(_company);
        Assert.Empty(await _polled.FactsAsync(_company, "route.gone"));
        await _polled.PollAsync(_company);
        await _polled.PollAsync(_company);

        Assert.Equal(route.Id, Assert.Single(await _polled.FactsAsync(_company, "route.gone")).GetProperty("route_id").GetString());
    }

    [Fact]
    public async Task List_that_is_not_whole_makes_nothing_gone_and_nothing_new()
    {
        var route = await _polled.AddRouteAsync(_company, _driver);
        await _polled.PollAsync(_company);
        await _polled.Samsara.DeleteRouteAsync(Org, route.Id);
        await _polled.AddRouteAsync(_company, _driver);

        await _polled.Samsara.FailCallsAsync(new(502, PathPrefix: "/fleet/routes"));
        await _polled.PollAsync(_company);

        Assert.Empty(await _polled.FactsAsync(_company, "route.gone"));
        Assert.Single(await _polled.FactsAsync(_company, "route.seen"));
        await _polled.PollAsync(_company);
        Assert.Single(await _polled.FactsAsync(_company, "route.gone"));
        Assert.Equal(2, (await _polled.FactsAsync(_company, "route.seen")).Count);
    }

    [Fact]
    public async Task First_look_that_failed_is_made_again_as_the_first()
    {
        await _polled.AddRouteAsync(_company, _driver);
        await _polled.Samsara.FailCallsAsync(new(502));
        await _polled.PollAsync(_company);

        await _polled.PollAsync(_company);

        Assert.True(Assert.Single(await _polled.FactsAsync(_company, "route.seen")).GetProperty("first_look").GetBoolean());
    }

    [Fact]
    public async Task Another_connection_is_looked_at_afresh_and_nothing_of_the_former_is_gone()
    {
        var route = await _polled.AddRouteAsync(_company, _driver);
        await _polled.PollAsync(_company);
        await _polled.Samsara.DeleteRouteAsync(Org, route.Id);
        var other = await _polled.AddRouteAsync(_company, _driver);

        await ChangeSettingsAsync("samsara_org_id = '4711'");
        await _polled.PollAsync(_company);

        Assert.Empty(await _polled.FactsAsync(_company, "route.gone"));
        var seen = (await _polled.FactsAsync(_company, "route.seen"))[^1];
        Assert.Equal((other.Id, true), (seen.GetProperty("route").GetProperty("id").GetString(), seen.GetProperty("first_look").GetBoolean()));
    }

    [Fact]
    public async Task Look_whose_process_died_before_it_was_written_is_taken_again_and_brings_each_fact_once()
    {
        await _polled.PollAsync(_company);
        await _polled.AddRouteAsync(_company, _driver);
        var settings = (await _polled.Fleet.Get<TenantSettingsCache>().FindAsync(_company.Id, default))!;
        var handler = _polled.Fleet.Get<IEnumerable<ICallHandler>>().Single(h => h.Handles("poll:routes"));

        var lost = await handler.HandleAsync(new(Guid.Empty, "poll:routes", default, 1, _polled.Now), settings, default);
        Assert.Equal("routes: 1, changed 1, gone 0", lost.Outcome);
        await _polled.PollAsync(_company);

        Assert.False(Assert.Single(await _polled.FactsAsync(_company, "route.seen")).GetProperty("first_look").GetBoolean());
    }

    [Fact]
    public async Task Late_route_that_is_still_under_way_is_looked_at_and_one_that_is_through_is_not()
    {
        var late = await _polled.AddRouteAsync(_company, _driver);
        var through = await _polled.AddRouteAsync(_company, _driver);
        foreach (var stop in through.Stops) await _polled.Samsara.ArriveAsync(Org, through.Id, stop.Id);
        await _polled.PollAsync(_company);

        _polled.Fleet.Clock.Advance(TimeSpan.FromDays(2));
        await _polled.Samsara.ArriveAsync(Org, late.Id, late.Stops[0].Id);
        await _polled.PollAsync(_company);

        Assert.Equal(late.Id, (await _polled.FactsAsync(_company, "route.seen"))[^1].GetProperty("route").GetProperty("id").GetString());
        var asked = (await _polled.Samsara.JournalAsync()).Select(e => e.Kind == "rest.request" ? e.Data.GetProperty("path").GetString() : null);
        Assert.Single(asked, path => path?.StartsWith("/fleet/routes/", StringComparison.Ordinal) == true);
        Assert.Equal([late.Id], await _polled.Fleet.Db(_company).ListAsync("select object_id from fleet.samsara_seen where tenant_id = $1 and feed = 'routes'", row => row.GetString(0), default));
    }

    [Fact]
    public async Task Refused_token_raises_one_alert_however_many_feeds_it_stops_and_closes_it_when_it_works()
    {
        await _polled.Samsara.RevokeTokenAsync(Org, PolledFleet.TokenOf(Org));
        foreach (var feed in new[] { "routes", "drivers", "assignments" }) await _polled.PollAsync(_company, feed);
        await WantVehicleAsync();
        await _polled.PollAsync(_company, "assignments");

        Assert.Equal(["samsara.refused"], await _polled.OpenAlertsAsync(_company));
        Assert.True(await DueAtAsync("poll:routes") > _polled.Now.AddMinutes(4));

        await _polled.Samsara.AddTokenAsync(Org, new(PolledFleet.TokenOf(Org)));
        await _polled.PollAsync(_company);
        Assert.Equal(["samsara.refused"], await _polled.OpenAlertsAsync(_company));
        await _polled.PollAsync(_company, "drivers");
        await _polled.PollAsync(_company, "assignments");
        Assert.Empty(await _polled.OpenAlertsAsync(_company));
    }

    [Fact]
    public async Task Quiet_that_is_asked_for_is_kept_to_the_fraction_and_alerted_when_it_goes_on()
    {
        await _polled.Samsara.FailCallsAsync(new(429, Count: 3, PathPrefix: "/fleet/routes", RetryAfterSeconds: 0.40235m));
        await _polled.PollAsync(_company);
        Assert.Equal(_polled.Now.AddSeconds(0.40235), await DueAtAsync("poll:routes"));
        Assert.Empty(await _polled.OpenAlertsAsync(_company));

        await _polled.PollAsync(_company);
        await _polled.PollAsync(_company);
        Assert.Equal(["samsara.rate_limited"], await _polled.OpenAlertsAsync(_company));

        await _polled.PollAsync(_company);
        Assert.Empty(await _polled.OpenAlertsAsync(_company));
    }

    [Fact]
    public async Task Slow_refused_or_limited_Samsara_of_one_company_hurts_no_other()
    {
        var other = await _polled.AddCompanyAsync("other");
        await _polled.AddRouteAsync(other);
        _line.SlowToken = PolledFleet.TokenOf(Org);
        var slow = _polled.PollAsync(_company);
        await _line.Asked.Task;

        await _polled.PollAsync(other);
        Assert.Single(await _polled.FactsAsync(other, "route.seen"));

        _line.Answer.SetException(new HttpRequestException("cut"));
        await slow;
        Assert.Equal("samsara.unreachable", await _polled.OutcomeOfCallAsync(_company, "poll:routes"));
        await _polled.PollAsync(_company);
        await _polled.PollAsync(_company);
        Assert.Equal(["samsara.unreachable"], await _polled.OpenAlertsAsync(_company));
        Assert.Empty(await _polled.OpenAlertsAsync(other));
    }

    [Fact]
    public async Task Every_company_at_work_that_has_a_token_is_polled_at_moments_of_its_own()
    {
        var other = await _polled.AddCompanyAsync("other");
        var without = await _polled.AddCompanyAsync("without", Org, token: null);
        await _polled.Fleet.Get<KeepPolls>().HandleAsync(default);
        await _polled.Fleet.Get<KeepPolls>().HandleAsync(default);

        Assert.Equal(["poll:assignments", "poll:drivers", "poll:routes", "poll:whatsapp_templates"], await KindsAsync(_company));
        Assert.Equal(["poll:whatsapp_templates"], await KindsAsync(without));
        var (first, second) = (await DueAtAsync("poll:routes"), await DueAtAsync("poll:routes", other));
        Assert.NotEqual(first, second);
        Assert.InRange(first, _polled.Now, _polled.Now.AddMinutes(1));
    }

    [Fact]
    public async Task Poll_that_ended_is_begun_again()
    {
        await _polled.PollAsync(_company);
        await _polled.Fleet.Db(_company).ExecuteAsync("update fleet.calls set status = 'failed', finished_at = created_at where tenant_id = $1 and kind = 'poll:routes'", default);

        await _polled.AddRouteAsync(_company, _driver);
        await _polled.PollAsync(_company);

        Assert.Single(await _polled.FactsAsync(_company, "route.seen"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17_000)]
    [InlineData(59_999)]
    public void Next_look_is_at_the_companys_own_moment_of_the_interval(int milliseconds)
    {
        var (interval, tenant) = (TimeSpan.FromMinutes(1), TenantId.Parse("acme_001"));
        var now = new DateTimeOffset(2026, 3, 2, 15, 0, 0, TimeSpan.Zero).AddMilliseconds(milliseconds);

        var next = PollSchedule.NextAt(tenant, "routes", interval, now);

        Assert.InRange(next - now, TimeSpan.FromTicks(1), interval);
        Assert.Equal(next + interval, PollSchedule.NextAt(tenant, "routes", interval, next));
    }

    private long Org => PolledFleet.OrgOf(_company);

    private async Task WantVehicleAsync()
        => await _polled.Fleet.Db(_company).ExecuteAsync("insert into fleet.vehicle_looks (tenant_id, samsara_vehicle_id, wanted_until) values ($1, '1', 'infinity')", default);

    private async Task ChangeSettingsAsync(string set)
    {
        await _polled.Fleet.Database.ExecuteAsAdminAsync($"update fleet.tenant_configurations set {set}");
        await _polled.Fleet.Get<TenantSettingsCache>().ReadAsync(_company.Id, default);
    }

    private Task<DateTimeOffset> DueAtAsync(string kind, TestCompany? company = null)
        => _polled.Fleet.Db(company ?? _company).FindAsync("select due_at from fleet.calls where tenant_id = $1 and kind = $2", row => row.Time(0), default, P.Text(kind));

    private Task<List<string>> KindsAsync(TestCompany company)
        => _polled.Fleet.Db(company).ListAsync("select kind from fleet.calls where tenant_id = $1 order by kind", row => row.GetString(0), default);

    private sealed class SlowLine
    {
        public string? SlowToken { get; set; }

        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<HttpResponseMessage> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class SlowHandler(SlowLine line) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (line.SlowToken is null || request.Headers.Authorization?.Parameter != line.SlowToken) return await base.SendAsync(request, cancellationToken);
            line.Asked.TrySetResult();
            return await line.Answer.Task.WaitAsync(cancellationToken);
        }
    }
}
