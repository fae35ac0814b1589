using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Tests.Messaging.Rules;

namespace FleetChat.Tests.Transports;

/// <summary>A truck comes to a place and leaves it: the events name no driver.</summary>
public sealed class SiteTests : IAsyncLifetime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private CrewDay _day = null!;

    public async Task InitializeAsync() => await BeginAsync();

    public async Task DisposeAsync() => await _day.DisposeAsync();

    [Fact]
    public async Task Driver_whom_samsara_is_asked_for_is_told_where_he_is_and_the_message_names_its_cause()
    {
        _day.Board("11");
        await _day.CrossAsync("a1");
        await PassAsync(Minute);

        Assert.Equal(["site_entered"], _day.To(CrewDay.Ana));
        Assert.Equal(["Ana", "Place a1"], _day.Last(CrewDay.Ana).Content.Parameters!);
        Assert.Equal(["Understood", "I have a problem"], _day.Last(CrewDay.Ana).Content.Buttons!.Select(b => b.Title));
        Assert.StartsWith("reminder:site_told:", Assert.Single(await _day.ListAsync("select cause from fleet.message_logs where tenant_id = $1 and reason = 'site_entered'")), StringComparison.Ordinal);
        Assert.Contains("event", await _day.ListAsync("select split_part(cause, ':', 1) from fleet.decisions where tenant_id = $1 and kind = 'watched' and subject like 'site_told:%'"));
        Assert.Empty(await _day.OpenAlertsAsync());
    }

    [Fact]
    public async Task Problem_there_is_put_before_a_dispatcher()
    {
        _day.Board("11");
        await _day.CrossAsync("a1");
        await PassAsync(Minute);
        await _day.TapAsync(_day.Last(CrewDay.Ana), "problem");

        Assert.Equal(["problem"], await _day.ListAsync("select reason from fleet.dispatcher_entries where tenant_id = $1"));
    }

    [Fact]
    public async Task Co_driver_reads_it_while_the_other_drives()
    {
        _day.Board("11", "12?");
        await _day.CrossAsync("a1");
        await PassAsync(Minute);

        Assert.Empty(_day.To(CrewDay.Ana));
        Assert.Equal(["site_entered"], _day.To(CrewDay.Ben));
    }

    [Fact]
    public async Task Who_takes_over_the_truck_before_anything_was_sent_is_told_instead()
    {
        await MakeUnsentAsync();
        await _day.SwapAsync("12");
        _day.Rules.Accept();
        await PassAsync(25 * Minute);

        Assert.Empty(_day.To(CrewDay.Ana));
        Assert.Equal(["site_entered"], _day.To(CrewDay.Ben));
        Assert.Contains("site_entered:driver_changed", await _day.Rules.ReasonsAsync());
    }

    [Fact]
    public async Task Who_gets_the_truck_back_before_anything_was_sent_is_told_after_all()
    {
        await MakeUnsentAsync();
        await _day.SwapAsync("12");
        await SendNowAsync();
        Assert.Contains("site_entered:driver_changed", await _day.Rules.ReasonsAsync());

        await _day.SwapAsync("11");
        _day.Rules.Accept();
        await SendNowAsync();
        await PassAsync(25 * Minute);

        Assert.Equal(["site_entered"], _day.To(CrewDay.Ana));
        Assert.Empty(_day.To(CrewDay.Ben));
    }

    [Fact]
    public async Task Who_comes_after_it_was_told_is_told_nothing()
    {
        _day.Board("11");
        await _day.CrossAsync("a1");
        await PassAsync(Minute);
        await _day.SwapAsync("12");
        await PassAsync(10 * Minute);

        Assert.Equal(["site_entered"], _day.To(CrewDay.Ana));
        Assert.Empty(_day.To(CrewDay.Ben));
    }

    [Fact]
    public async Task What_is_due_while_nobody_can_say_who_drives_waits_until_somebody_can()
    {
        await MakeUnsentAsync();
        _day.Crews.IsDown = true;
        _day.Rules.Accept();
        await PassAsync(30 * Minute);
        Assert.Empty(_day.Rules.Taken);
        Assert.Equal(["vehicle.no_driver"], await _day.OpenAlertsAsync());

        _day.Crews.IsDown = false;
        await PassAsync(3 * Minute);

        Assert.Equal(["site_entered"], _day.To(CrewDay.Ana));
        Assert.Empty(await _day.OpenAlertsAsync());
    }

    [Fact]
    public async Task Who_signed_out_at_once_is_still_told()
    {
        _day.Board("11");
        var at = _day.Now;
        await PassAsync(2 * Minute);
        _day.Board();
        await _day.CrossAsync("a1", at: at);
        await PassAsync(Minute);

        Assert.Equal(["site_entered"], _day.To(CrewDay.Ana));
    }

    [Theory]
    [InlineData]
    [InlineData("12?")]
    [InlineData("11", "12?", "13?")]
    [InlineData("99")]
    public async Task Dispatcher_is_told_where_nobody_too_many_or_nobody_known_is_on_board_until_somebody_is(params string[] members)
    {
        _day.Board(members);
        await _day.CrossAsync("a1");
        await PassAsync(Minute);
        Assert.Empty(_day.Rules.Taken);
        Assert.Equal(["vehicle.no_driver"], await _day.OpenAlertsAsync());

        await _day.SwapAsync("11");
        await _day.CrossAsync("a2");
        await PassAsync(Minute);
        Assert.Equal(["site_entered"], _day.To(CrewDay.Ana));
        Assert.Empty(await _day.OpenAlertsAsync());
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(15, true)]
    public async Task While_nobody_can_say_who_drives_it_waits_and_after_ten_minutes_a_dispatcher_is_told_too(double minutes, bool isAlerted)
    {
        _day.Board("11");
        _day.Crews.IsDown = true;
        await _day.CrossAsync("a1");
        await PassAsync(minutes * Minute);
        Assert.Equal(isAlerted ? ["vehicle.no_driver"] : [], await _day.OpenAlertsAsync());

        _day.Crews.IsDown = false;
        await PassAsync(5 * Minute);
        Assert.Equal(["site_entered"], _day.To(CrewDay.Ana));
        Assert.Empty(await _day.OpenAlertsAsync());
    }

    [Fact]
    public async Task Company_whose_samsara_may_not_be_asked_has_its_dispatcher_told_at_once()
    {
        await _day.DisposeAsync();
        await BeginAsync(token: null);
        await _day.CrossAsync("a1");
        await PassAsync(Minute);

        Assert.Equal(["vehicle.no_driver"], await _day.OpenAlertsAsync());
    }

    [Fact]
    public async Task Place_that_is_a_stop_of_the_present_trip_tells_nothing_besides()
    {
        _day.Board("11");
        await _day.Rules.SeeAsync(AtPlaces(_day.Route("601"), "a1", "a2"));
        await PassAsync(CrewDay.Settled);
        await PassAsync(110 * Minute);
        await _day.ArriveAsync("601", "6011");
        await _day.CrossAsync("a1");
        await PassAsync(10 * Minute);
        await _day.CrossAsync("a1", isExit: true);
        await _day.CrossAsync("b7");
        await PassAsync(Minute);

        Assert.Equal(["route_assigned", "stop_coming_up", "stop_arrived", "site_entered"], _day.To(CrewDay.Ana));
        Assert.Equal("Place b7", _day.Last(CrewDay.Ana).Content.Parameters![1]);
        Assert.Empty(await _day.OpenAlertsAsync());
        Assert.Equal(["looked", "rule"], await _day.ListAsync("select kind from fleet.decisions where tenant_id = $1 and outcome like 'noted: a stop of its trip%' order by kind"));
    }

    [Fact]
    public async Task Stop_of_a_trip_that_names_its_driver_counts_by_who_is_in_the_truck()
    {
        _day.Board("11");
        var route = AtPlaces(_day.Rules.Route("602", "11", RuleDay.Stop("6021", "Yard", CrewDay.Start.AddHours(2))), "a1");
        await _day.Rules.SeeAsync(route);
        await PassAsync(CrewDay.Settled);
        await _day.CrossAsync("a1");
        await PassAsync(Minute);

        Assert.DoesNotContain("site_entered", _day.To(CrewDay.Ana));
    }

    [Fact]
    public async Task Same_fact_under_other_ids_is_told_once()
    {
        _day.Board("11");
        var at = _day.Now;
        for (var time = 0; time < 3; time++)
        {
            await _day.CrossAsync("a1", at: at);
            await PassAsync(Minute);
        }
        var left = _day.Now;
        for (var time = 0; time < 2; time++) await _day.CrossAsync("a1", isExit: true, at: left);

        Assert.Equal(["site_entered"], _day.To(CrewDay.Ana));
        Assert.Equal(["1"], await _day.ListAsync("select count::text from fleet.alerts where tenant_id = $1 and code = 'vehicle.site_left'"));
        Assert.Equal(3, (await _day.ListAsync("select subject from fleet.decisions where tenant_id = $1 and kind = 'known' and subject like 'site:%'")).Count);
    }

    [Fact]
    public async Task Coming_that_is_heard_after_the_leaving_is_overtaken()
    {
        _day.Board("11");
        await _day.CrossAsync("a1", isExit: true);
        await _day.CrossAsync("a1", at: _day.Now.AddMinutes(-9));
        await PassAsync(5 * Minute);

        Assert.Empty(_day.Rules.Taken);
        Assert.Equal(["overtaken: the truck has left"], await _day.ListAsync("select outcome from fleet.decisions where tenant_id = $1 and subject = 'site_entered'"));
    }

    [Fact]
    public async Task What_waits_to_be_sent_when_the_truck_leaves_is_not_sent()
    {
        await MakeUnsentAsync();
        await _day.CrossAsync("a1", isExit: true);
        _day.Rules.Accept();
        await PassAsync(25 * Minute);

        Assert.Empty(_day.Rules.Taken);
        Assert.Contains("site_entered:superseded", await _day.Rules.ReasonsAsync());
    }

    [Theory]
    [InlineData("123")]
    [InlineData("132")]
    [InlineData("213")]
    [InlineData("231")]
    [InlineData("312")]
    [InlineData("321")]
    public async Task Whatever_the_order_the_last_coming_is_told_once_and_none_that_was_over(string order)
    {
        _day.Board("11");
        await _day.LookAsync();
        var (first, left, again) = (_day.Now.AddMinutes(-20), _day.Now.AddMinutes(-10), _day.Now.AddMinutes(-5));
        _day.Rules.Refuse();
        foreach (var fact in order + order)
        {
            await _day.CrossAsync("a1", isExit: fact == '2', at: fact switch { '1' => first, '2' => left, _ => again });
        }
        await PassAsync(Minute);
        _day.Rules.Accept();
        await PassAsync(25 * Minute);

        Assert.Equal(["site_entered"], _day.To(CrewDay.Ana));
        Assert.Single(await _day.ListAsync("select id::text from fleet.message_logs where tenant_id = $1 and reason = 'site_entered'"));
    }

    [Fact]
    public async Task Leaving_is_told_to_a_dispatcher_alone_until_the_truck_is_back()
    {
        _day.Board("11");
        await _day.CrossAsync("a1", isExit: true);
        await PassAsync(Minute);
        Assert.Empty(_day.Rules.Taken);
        Assert.Equal([$"vehicle.site_left {CrewDay.Truck}:a1"], await _day.ListAsync("select code || ' ' || subject from fleet.alerts where tenant_id = $1 and closed_at is null"));

        await _day.CrossAsync("a1");
        Assert.Empty(await _day.OpenAlertsAsync());
    }

    [Fact]
    public async Task By_default_nobody_is_told_and_both_decisions_are_kept()
    {
        await _day.Rules.ChangeRulesAsync("{}");
        _day.Board("11");
        await _day.CrossAsync("a1");
        await PassAsync(Minute);
        await _day.CrossAsync("a1", isExit: true);
        await PassAsync(Minute);

        Assert.False(RuleBook.Default.SiteEntered.IsOn || RuleBook.Default.SiteLeft.IsOn);
        Assert.Empty(_day.Rules.Taken);
        Assert.Empty(await _day.OpenAlertsAsync());
        Assert.Equal(["noted: rule site_entered is off", "noted: rule site_left is off"], await _day.ListAsync("select outcome from fleet.decisions where tenant_id = $1 and kind = 'rule' order by outcome"));
        Assert.Empty(await _day.ListAsync("select kind from fleet.calls where tenant_id = $1 and kind = 'assignments'"));
    }

    private async Task BeginAsync(string? token = "token")
    {
        _day = await CrewDay.StartAsync(token);
        await _day.Rules.ChangeRulesAsync("""{"site_entered":{"is_on":true},"site_left":{"is_on":true}}""");
    }

    /// <summary>Ana's truck comes to a place, and WhatsApp does not take what she is told.</summary>
    private async Task MakeUnsentAsync()
    {
        _day.Board("11");
        _day.Rules.Refuse();
        await _day.CrossAsync("a1");
        await PassAsync(Minute);
        Assert.Equal(["site_entered"], await _day.Rules.ReasonsAsync());
    }

    // As the sweep goes: what is due at once happens within seconds.
    private Task PassAsync(TimeSpan time) => _day.Rules.PassAsync(time, TimeSpan.FromSeconds(5));

    private async Task SendNowAsync()
    {
        await PassAsync(Minute);
        await _day.Fleet.Database.ExecuteAsAdminAsync("update fleet.outbound set status = 'waiting', due_at = created_at where status in ('waiting', 'retrying')");
        await _day.Fleet.SweepAsync();
        await PassAsync(Minute);
    }

    private static JsonObject AtPlaces(JsonObject route, params string[] addresses)
    {
        foreach (var (stop, address) in route["stops"]!.AsArray().Zip(addresses)) stop!["address"] = new JsonObject { ["id"] = address, ["name"] = $"Place {address}" };
        return route;
    }
}
