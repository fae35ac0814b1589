using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Answers;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Messaging.Rules;

namespace FleetChat.Tests.Messaging.Answers;

/// <summary>What a template's parameters could not hold comes as free text after the first tap.</summary>
public sealed class FullNotesTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private static readonly string Long = string.Join('\n', Enumerable.Range(1, 30).Select(line => $"Line {line}: ring the bell at gate {line}."));

    [Theory]
    [InlineData(ButtonActions.Accept)]
    [InlineData(ButtonActions.Understood)]
    public async Task First_tap_under_a_message_that_was_cut_brings_the_whole_of_it_and_the_second_nothing(string action)
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        var message = await AssignAsync(day, Long);
        Assert.Contains(message.Content.Parameters!, p => p.EndsWith('…'));
        day.Forget();

        await day.TapAsync(message, action);
        await day.TapAsync(message, action);

        var text = Assert.Single(day.Taken).Content;
        Assert.Null(text.Template);
        Assert.StartsWith("Trip 71 (L-71)\nLine 1: ring", text.Text, StringComparison.Ordinal);
        Assert.Contains("\nLine 30: ring the bell at gate 30.\n", text.Text, StringComparison.Ordinal);
        Assert.Contains("\n1. Yard\n", text.Text, StringComparison.Ordinal);
        Assert.Contains("Mon Mar 2,", text.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_told_whole_is_not_told_again()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        var message = await AssignAsync(day, "Short.");
        day.Forget();

        await day.TapAsync(message, ButtonActions.Accept);

        Assert.Empty(day.Taken);
    }

    [Fact]
    public async Task Stops_own_notes_come_after_the_tap_under_the_stops_message_and_no_other_stop()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        var stop = RuleDay.Stop("711", "Yard", day.Now.AddHours(3));
        stop["notes"] = Long;
        await day.SeeAsync(day.Route("71", "11", stop, RuleDay.Stop("712", "Mill", day.Now.AddHours(5))));
        await day.PassAsync(TimeSpan.FromMinutes(155));
        var message = Assert.Single(day.Taken, t => t.Content.Template == "fleetchat_stop_coming_up_v1");
        day.Forget();

        await day.TapAsync(message, ButtonActions.Understood);

        var text = Assert.Single(day.Taken).Content.Text;
        Assert.StartsWith("1. Yard\n", text, StringComparison.Ordinal);
        Assert.EndsWith("Line 30: ring the bell at gate 30.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Mill", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whose_trip_it_is_not_any_more_gets_none_of_it()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        var message = await AssignAsync(day, Long);
        await day.SeeAsync(day.Route("71", "12", RuleDay.Stop("711", "Yard", day.Now.AddHours(3))));
        await day.PassAsync(TimeSpan.FromMinutes(4));
        day.Forget();

        await day.TapAsync(message, ButtonActions.Understood);

        Assert.DoesNotContain(day.Taken, t => t.Content.Text.Contains("Line 30", StringComparison.Ordinal));
    }

    [Fact]
    public async Task More_than_a_text_may_hold_is_cut_at_a_word()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        var message = await AssignAsync(day, string.Join(' ', Enumerable.Repeat("word", 2000)));
        day.Forget();

        await day.TapAsync(message, ButtonActions.Accept);

        var text = Assert.Single(day.Taken).Content.Text;
        Assert.InRange(text.Length, 3900, 4000);
        Assert.EndsWith(" word…", text, StringComparison.Ordinal);
    }

    private static async Task<WhatsAppMessage> AssignAsync(RuleDay day, string notes)
    {
        var route = day.Route("71", "11", RuleDay.Stop("711", "Yard", day.Now.AddHours(3)));
        route["notes"] = notes;
        await day.SeeAsync(route);
        await day.PassAsync(TimeSpan.FromMinutes(4));
        return Assert.Single(day.Taken, t => t.Content.Template == "fleetchat_route_assigned_v1");
    }
}
