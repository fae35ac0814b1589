using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Answers;
using FleetChat.Core.Samsara;
using FleetChat.Simulators.Samsara;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Messaging.Answers;

/// <summary>What answers write to Samsara: once, whatever fails, and never over what a dispatcher wrote.</summary>
public sealed class WriteBackTests
{
    [Fact]
    public async Task Answer_is_a_line_under_what_the_dispatcher_wrote()
    {
        await using var day = await AnswerDay.StartAsync();
        day.Samsara.Notes = "Use gate 4.";
        var message = await day.ArriveAsync();

        await day.TapAsync(message, ButtonActions.StopDone);

        Assert.Matches(@"^Use gate 4\.\n\[FleetChat 2026-03-02 09:00\] Ana: done at Dock 4 #[0-9a-f]{8}$", day.Samsara.Notes);
        Assert.Equal("Use gate 4.", RouteNotes.WithoutOurs(day.Samsara.Notes));
        Assert.Contains("written_notes", await day.TimelineAsync());
        Assert.True(await EchoSql.IsOursAsync(day.Fleet.Db(day.Company), await day.KeyAsync(), EchoSql.RouteNotes, "6001", day.Samsara.Notes, default));
        Assert.False(await EchoSql.IsOursAsync(day.Fleet.Db(day.Company), await day.KeyAsync(), EchoSql.RouteNotes, "6001", "Use gate 5.", default));
    }

    [Fact]
    public async Task Line_whose_answer_was_lost_is_not_written_twice()
    {
        await using var day = await AnswerDay.StartAsync();
        var message = await day.ArriveAsync();
        day.Samsara.LosesAnswers = true;

        await day.TapAsync(message, ButtonActions.StopDone);
        await day.PassAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(1, day.Samsara.Changes);
        Assert.Single(day.Samsara.Notes.Split('\n'));
        Assert.Contains("written_notes", await day.TimelineAsync());
    }

    [Fact]
    public async Task Lines_that_come_while_one_is_being_written_follow_it_and_none_is_lost()
    {
        await using var day = await AnswerDay.StartAsync();
        await day.AssignAsync("accepted");
        day.Samsara.Fails = SamsaraFailure.Transient;

        await day.SayAsync("running late");
        await day.SayAsync("I'm here");
        await day.SayAsync("loaded");
        Assert.Equal("", day.Samsara.Notes);
        day.Samsara.Fails = null;
        await day.PassAsync(TimeSpan.FromMinutes(1));
        await day.PassAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(["late at Yard", "loaded at Yard"], day.Samsara.Notes.Split('\n').Select(l => l[(l.IndexOf("Ana: ", StringComparison.Ordinal) + 5)..l.LastIndexOf(" #", StringComparison.Ordinal)]));
        Assert.Equal(2, (await day.TimelineAsync()).Count(what => what == "written_notes"));
    }

    [Fact]
    public async Task Outage_of_a_day_is_waited_for_and_one_of_three_is_given_up_and_told()
    {
        await using var day = await AnswerDay.StartAsync();
        var message = await day.ArriveAsync();
        day.Samsara.Fails = SamsaraFailure.Refused;

        await day.TapAsync(message, ButtonActions.StopDone);
        for (var hour = 0; hour < 24; hour++) await day.PassAsync(TimeSpan.FromHours(1));
        Assert.DoesNotContain("not_written_notes", await day.TimelineAsync());
        for (var hour = 0; hour < 26; hour++) await day.PassAsync(TimeSpan.FromHours(1));

        Assert.Contains("not_written_notes", await day.TimelineAsync());
        Assert.Equal("done", await day.StopStateAsync());
    }

    [Fact]
    public async Task Line_that_Samsara_never_answered_to_is_told_and_does_not_hold_up_the_next()
    {
        await using var day = await AnswerDay.StartAsync();
        var message = await day.ArriveAsync();
        day.Samsara.Hangs = true;
        await day.TapAsync(message, ButtonActions.StopDone);
        for (var round = 0; round < 14; round++) await day.PassAsync(TimeSpan.FromMinutes(31));
        Assert.Contains("not_written_notes", await day.TimelineAsync());

        day.Samsara.Hangs = false;
        await day.TapAsync(message, ButtonActions.Problem);
        await day.PassAsync(TimeSpan.FromMinutes(1));

        Assert.Contains("problem", day.Samsara.Notes, StringComparison.Ordinal);
        Assert.Contains("written_notes", await day.TimelineAsync());
    }

    [Fact]
    public async Task Answer_whose_writing_failed_does_not_stand_over_a_newer_one()
    {
        await using var day = await AnswerDay.StartAsync();
        var message = await day.AssignAsync();
        day.Samsara.FailsAnswers = 1;
        await day.TapAsync(message, ButtonActions.Accept);
        // The same instant would leave it open which of them is newer.
        day.Fleet.Clock.Advance(TimeSpan.FromSeconds(1));
        await day.TapAsync(message, ButtonActions.Decline);

        await day.PassAsync(TimeSpan.FromMinutes(1));
        await day.PassAsync(TimeSpan.FromMinutes(1));

        Assert.Equal("declined", day.Samsara.ExternalIds["fleetchatAnswer"]);
    }

    [Fact]
    public async Task Message_to_dispatch_that_may_have_gone_out_is_not_sent_again()
    {
        await using var day = await AnswerDay.StartAsync();
        var message = await day.ArriveAsync();
        await day.TapAsync(message, ButtonActions.Problem);
        await day.Database.ExecuteAsAdminAsync("update fleet.write_backs set state = 'waiting', ended_at = null where way = 'message'; update fleet.calls set status = 'waiting', finished_at = null where kind = 'samsara.write_back'");

        await day.PassAsync(TimeSpan.FromMinutes(1));

        Assert.Single(day.Samsara.Messages);
    }

    [Fact]
    public void Where_notes_have_no_room_the_oldest_of_our_lines_go_and_no_word_of_the_dispatcher()
    {
        var old = RouteNotes.Line(new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero), "Ana: done at " + new string('x', 300), Guid.Empty);
        var line = RouteNotes.Line(new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero), "Ana: done at Dock 4", new("00000000-0000-0000-0000-0000000000aa"));
        var words = new string('w', 1600);

        Assert.Equal($"{words}\n{line}", RouteNotes.Append($"{words}\n{old}", [line]));
        Assert.Null(RouteNotes.Append(new string('w', 1990), [line]));
        Assert.Equal($"{line}", RouteNotes.Append("", [line]));
        Assert.Equal($"{words}\n{line}", RouteNotes.Append($"{words}\n{line}", [line]));
    }

    [Fact]
    public async Task Samsara_itself_takes_lines_and_answers_and_keeps_every_stop()
    {
        await using var database = await TestDatabase.BorrowAsync();
        await using var fleet = await TestFleet.StartAsync(database);
        await using var simulator = await SamsaraSimulator.StartAsync(new() { Clock = fleet.Clock });
        var (company, control) = (await fleet.AddCompanyAsync(), simulator.Control);
        var org = long.Parse(company.OrgId, System.Globalization.CultureInfo.InvariantCulture);
        await control.AddOrgAsync(new(org, "Acme", "samsara-token"));
        await control.AddDriverAsync(org, new("Ana", "11"));
        var at = fleet.Clock.GetUtcNow();
        var route = await control.AddRouteAsync(org, new("Load 6001", [new("Yard", at, Id: "60011"), new("Dock 4", at.AddHours(1), Id: "7002"), new("Mill", at.AddHours(2), Id: "60019")], DriverId: "11", Id: "6001", Notes: "Use gate 4."));
        await fleet.Db(company).ExecuteAsync("update fleet.tenant_configurations set samsara_base_url = $2 where tenant_id = $1", default, P.Text(simulator.Address.ToString()));
        await fleet.Get<Core.Tenants.TenantSettingsCache>().ReadAsync(company.Id, default);
        await fleet.AddDriverAsync(company, "11", AnswerDay.Phone);
        var taken = fleet.AcceptAll();
        await fleet.WorkAsync((await fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"))).Nudges);

        var tap = Payloads.Tap(AnswerDay.Digits, new ButtonPayload(taken[0].MessageId, ButtonActions.Problem).ToString(), "Problem", "wamid.1", null);
        await fleet.WorkAsync((await fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [tap]))).Nudges);

        var after = await control.GetRouteAsync(org, route.Id);
        Assert.Equal(3, after.Stops.Count);
        var journal = await control.JournalAsync();
        Assert.Contains(journal, e => e.ToString().Contains("problem, see FleetChat", StringComparison.Ordinal) || e.ToString().Contains("reported a problem", StringComparison.Ordinal));
        Assert.Equal(2, await fleet.Db(company).FindAsync("select count(*) from fleet.write_backs where tenant_id = $1 and state = 'written'", r => r.GetInt64(0), default));
    }
}
