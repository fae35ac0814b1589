using System.Text.Json;
using FleetChat.LocalHost.Demo;

namespace FleetChat.Tests.Demo;

[Collection(WholeDay.Collection)]
public sealed class FleetDayTests(WholeDay whole)
{
    [Fact]
    public void Every_expectation_holds_on_an_ordinary_day()
    {
        var day = Expectations.Judge(whole.Evidence);

        Assert.True(day.Failed.Count == 0, string.Join("\n", day.Results.Where(result => result.Fault is not null)));
        Assert.All(day.Companies, company => Assert.Equal((0, 0), (company.Lost, company.DuplicatesSent)));
        Assert.All(day.Companies, company => Assert.True(company is { Events: > 10, Messages: > 3 }, $"{company} was an idle day"));
    }

    [Fact]
    public void Every_message_of_the_day_every_one_that_was_not_sent_and_every_event_can_be_explained() => Assert.True(whole.Unexplained.Count == 0, string.Join("\n", whole.Unexplained));

    [Fact]
    public void Summary_is_one_line_with_the_names_that_others_read()
    {
        var day = new DayOutcome([new("a_001", 2, 1, 0, 0)], [new("one", null), new("two", "why")]);

        var line = JsonSerializer.Serialize(day.ToSummary(), DaySummary.Json);

        Assert.Equal(
            """{"companies":[{"tenant_id":"a_001","events":2,"messages":1,"lost":0,"duplicates_sent":0}],"expectations":{"passed":1,"failed":1,"names":["one","two"]}}""", line);
    }
}
