using System.Text.Json.Nodes;
using FleetChat.Core.WhatsApp;
using Moq;

namespace FleetChat.Tests.Messaging.Rules;

/// <summary>What drivers are told of routes that dispatch builds, changes, gives to others and cancels.</summary>
public sealed class RouteRuleTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Ana = "+15550001111";
    private const string Ben = "+15550003333";
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Route_that_dispatch_still_builds_is_told_once_when_it_has_settled()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        await day.SeeAsync(day.Route("601", "11", Stop("1", "Yard")));
        await day.PassAsync(TimeSpan.FromMinutes(2));
        await day.SeeAsync(day.Route("601", "11", Stop("1", "Yard"), Stop("2", "Dallas dock")));
        await day.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Empty(day.Taken);

        await day.PassAsync(TimeSpan.FromMinutes(2));

        var told = Assert.Single(day.Taken);
        Assert.Equal("fleetchat_route_assigned_v1", told.Content.Template);
        Assert.Equal("Trip 601 (L-601)", told.Content.Parameters![1]);
        Assert.Contains("Dallas dock", told.Content.Parameters[3], StringComparison.Ordinal);
        Assert.Equal(["accept", "decline"], told.Content.Buttons!.Select(b => b.Action));
    }

    [Fact]
    public async Task Edits_after_that_are_one_message_that_says_what_changed()
    {
        var (day, at) = await TellAsync("602", "12");

        await day.SeeAsync(day.Route("602", "12", Stop("1", "Yard", at), Stop("2", "Mill", at.AddHours(2)), Stop("3", "Port", at.AddHours(4))));
        await day.PassAsync(TimeSpan.FromMinutes(1));
        await day.SeeAsync(day.Route("602", "12", Stop("1", "Yard", at.AddMinutes(40)), Stop("3", "Port", at.AddHours(4))));
        await day.PassAsync(Settled);

        var told = Assert.Single(day.Taken.Skip(1));
        Assert.Equal("fleetchat_route_changed_v1", told.Content.Template);
        Assert.StartsWith("nueva parada: Port", told.Content.Parameters![2], StringComparison.Ordinal);
        Assert.Contains("ya no va: Mill", told.Content.Parameters[2], StringComparison.Ordinal);
        Assert.Contains("Yard: ahora", told.Content.Parameters[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edits_that_are_taken_back_before_they_settle_are_no_news()
    {
        var (day, at) = await TellAsync("603", "11");

        await day.SeeAsync(day.Route("603", "11", Stop("1", "Yard", at)));
        await day.PassAsync(TimeSpan.FromMinutes(1));
        await day.SeeAsync(day.Route("603", "11", Stop("1", "Yard", at), Stop("2", "Mill", at.AddHours(2))));
        await day.PassAsync(Settled);

        Assert.Single(day.Taken);
    }

    [Fact]
    public async Task Reassigned_route_is_told_to_both_and_the_old_drivers_buttons_are_dead()
    {
        var (day, at) = await TellAsync("604", "11");
        var first = day.Taken[0];

        await day.SeeAsync(day.Route("604", "12", Stop("1", "Yard", at), Stop("2", "Mill", at.AddHours(2))));
        await day.PassAsync(Settled);

        Assert.Equal(["fleetchat_route_assigned_v1", "fleetchat_route_reassigned_v1"], day.TemplatesTo(Ana));
        Assert.Equal(["fleetchat_route_assigned_v1"], day.TemplatesTo(Ben));
        Assert.Equal("accept", first.Content.Buttons![0].Action);
    }

    [Fact]
    public async Task Cancelled_route_is_told_to_who_knew_of_it()
    {
        var (day, _) = await TellAsync("605", "11");

        await day.LoseAsync("605");
        await day.PassAsync(Settled);
        await day.LoseAsync("605");
        await day.PassAsync(Settled);

        Assert.Equal(["fleetchat_route_assigned_v1", "fleetchat_route_cancelled_v1"], day.TemplatesTo(Ana));
        Assert.Equal(1, await day.CountAsync("select count(*) from fleet.transports where tenant_id = $1 and status = 'cancelled'"));
    }

    [Fact]
    public async Task Route_that_was_cancelled_before_anybody_heard_of_it_is_no_news()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        await day.SeeAsync(day.Route("606", "11", Stop("1", "Yard")));
        await day.PassAsync(TimeSpan.FromMinutes(1));
        await day.LoseAsync("606");
        await day.PassAsync(Settled);

        Assert.Empty(day.Taken);
    }

    [Fact]
    public async Task First_look_at_a_connection_tells_nobody_and_what_changes_later_is_told_as_a_change()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        var at = day.Now.AddHours(2);
        await day.SeeAsync(day.Route("607", "11", Stop("1", "Yard", at)), isFirstLook: true);
        await day.PassAsync(Settled);
        Assert.Empty(day.Taken);

        await day.SeeAsync(day.Route("607", "11", Stop("1", "Yard", at), Stop("2", "Mill", at.AddHours(2))));
        await day.PassAsync(Settled);

        Assert.Equal(["fleetchat_route_changed_v1"], day.TemplatesTo(Ana));
    }

    [Fact]
    public async Task Route_far_ahead_is_told_twelve_hours_before_it_starts()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        var chicago = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");
        var local = TimeZoneInfo.ConvertTime(day.Now, chicago).Date.AddDays(2).AddHours(10);
        var begins = new DateTimeOffset(local, chicago.GetUtcOffset(local));
        var route = day.Route("608", "11", Stop("1", "Yard", begins));
        route["scheduledRouteStartTime"] = RuleDay.Text(begins);
        route["scheduledRouteEndTime"] = RuleDay.Text(begins.AddHours(5));
        await day.SeeAsync(route);

        // Twelve hours before it is ten in the evening there: then the night keeps it until six.
        await day.PassAsync(begins.AddHours(-4).AddMinutes(-1) - day.Now);
        Assert.Empty(day.Taken);
        await day.PassAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(["fleetchat_route_assigned_v1"], day.TemplatesTo(Ana));
    }

    [Fact]
    public async Task Rule_that_a_company_switched_off_tells_nobody()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        await day.ChangeRulesAsync("""{"route_assigned":{"is_on":false}}""");

        await day.SeeAsync(day.Route("609", "11", Stop("1", "Yard")));
        await day.PassAsync(Settled);

        Assert.Empty(day.Taken);
    }

    [Fact]
    public async Task Newer_word_replaces_one_that_still_waits_to_be_sent()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        fixture.Fleet.WhatsApp.Reset();
        fixture.Fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new WhatsAppException(WhatsAppFailure.Transient, 131000, "trace", TimeSpan.FromMinutes(20)));
        await day.SeeAsync(day.Route("610", "11", Stop("1", "Yard", day.Now.AddHours(3))));
        await day.PassAsync(Settled);
        await day.SeeAsync(day.Route("610", "11", Stop("1", "Yard", day.Now.AddHours(3)), Stop("2", "Mill", day.Now.AddHours(5))));
        await day.PassAsync(Settled);
        var taken = fixture.Fleet.AcceptAll();
        await day.PassAsync(TimeSpan.FromMinutes(30));

        // He never heard of the first one, so the second tells him of the route, and not of a change.
        Assert.Equal("fleetchat_route_assigned_v1", Assert.Single(day.OfCompany(taken)).Content.Template);
        Assert.Equal(["route_assigned:superseded", "route_assigned"], await day.ReasonsAsync());
    }

    [Fact]
    public async Task Driver_who_is_enrolled_after_his_route_was_seen_is_told_of_it()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        await day.SeeAsync(day.Route("612", "13", Stop("1", "Yard")));
        await day.PassAsync(Settled);
        Assert.Empty(day.Taken);

        await fixture.Fleet.AddDriverAsync(day.Company, "13", "+15550004444", "Cy");
        await day.PassAsync(Settled);

        Assert.Equal(["fleetchat_route_assigned_v1"], day.TemplatesTo("+15550004444"));
    }

    [Fact]
    public async Task Driver_who_could_not_be_told_of_his_route_is_told_of_the_route_and_not_of_its_change()
    {
        var (day, at) = (await RuleDay.StartAsync(fixture.Fleet), fixture.Fleet.Clock.GetUtcNow().AddHours(3));
        await day.ChangeAsync($"update fleet.drivers set consent_status = 'asked' where tenant_id = '{day.Company.Id}'");
        await day.SeeAsync(day.Route("613", "11", Stop("1", "Yard", at)));
        await day.PassAsync(Settled);
        Assert.Empty(day.Taken);

        await day.ChangeAsync($"update fleet.drivers set consent_status = 'granted' where tenant_id = '{day.Company.Id}'");
        await day.SeeAsync(day.Route("613", "11", Stop("1", "Yard", at), Stop("2", "Mill", at.AddHours(2))));
        await day.PassAsync(Settled);

        Assert.Equal(["fleetchat_route_assigned_v1"], day.TemplatesTo(Ana));
    }

    [Fact]
    public async Task Route_that_is_listed_again_after_it_was_gone_is_told_anew()
    {
        var (day, at) = await TellAsync("614", "11");
        await day.LoseAsync("614");
        await day.PassAsync(Settled);

        await day.SeeAsync(day.Route("614", "11", Stop("1", "Yard", at), Stop("2", "Mill", at.AddHours(2))));
        await day.PassAsync(Settled);
        await day.LoseAsync("614");
        await day.PassAsync(Settled);

        Assert.Equal(
            ["fleetchat_route_assigned_v1", "fleetchat_route_cancelled_v1", "fleetchat_route_assigned_v1", "fleetchat_route_cancelled_v1"], day.TemplatesTo(Ana));
    }

    [Fact]
    public async Task Night_is_the_drivers_own_wherever_the_route_is()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        // Where it is about ten in the evening now, whatever the fixture's clock says. Such zones' signs are the other way round.
        var behind = (day.Now.Hour - 22 + 24) % 24;
        await day.ChangeAsync($"update fleet.drivers set time_zone = 'Etc/GMT{(behind <= 12 ? $"+{behind}" : $"-{24 - behind}")}' where tenant_id = '{day.Company.Id}'");
        var begins = day.Now.AddHours(11.5);
        var route = day.Route("615", "11", Stop("1", "Yard", begins));
        route["scheduledRouteStartTime"] = RuleDay.Text(begins);
        route["scheduledRouteEndTime"] = RuleDay.Text(begins.AddHours(5));
        await day.SeeAsync(route);

        await day.PassAsync(TimeSpan.FromMinutes(30));
        Assert.Empty(day.Taken);
        await day.PassAsync(TimeSpan.FromHours(8));

        Assert.Equal(["fleetchat_route_assigned_v1"], day.TemplatesTo(Ana));
    }

    [Fact]
    public async Task Another_companys_route_of_the_same_id_is_another_route()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        var other = await RuleDay.StartAsync(fixture.Fleet);
        await day.SeeAsync(day.Route("611", "11", Stop("1", "Canary yard")));
        await day.PassAsync(Settled);

        Assert.Equal(0, await other.CountAsync("select count(*) from fleet.transports where tenant_id = $1"));
        Assert.Equal(0, await other.CountAsync("select count(*) from fleet.tellings where tenant_id = $1"));
        Assert.Empty(await other.ReasonsAsync());
    }

    private static JsonObject Stop(string id, string name, DateTimeOffset? at = null) => RuleDay.Stop($"{id}", name, at);

    private async Task<(RuleDay Day, DateTimeOffset At)> TellAsync(string route, string driver)
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        var at = day.Now.AddHours(2);
        await day.SeeAsync(day.Route(route, driver, Stop("1", "Yard", at), Stop("2", "Mill", at.AddHours(2))));
        await day.PassAsync(Settled);
        Assert.Equal("fleetchat_route_assigned_v1", Assert.Single(day.Taken).Content.Template);
        return (day, at);
    }
}
