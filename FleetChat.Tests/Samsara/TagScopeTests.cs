using System.Text.Json;
using FleetChat.Core.Samsara.Scope;

namespace FleetChat.Tests.Samsara;

/// <summary>What lies inside a company's tag, and whom an event names.</summary>
public sealed class TagScopeTests
{
    private const string Group = "100";

    [Theory]
    [InlineData("", ScopeVerdict.Untagged)]
    [InlineData("100", ScopeVerdict.Inside)]
    [InlineData("200", ScopeVerdict.Outside)]
    [InlineData("200 100", ScopeVerdict.Inside)]
    [InlineData("101<100", ScopeVerdict.Inside)]
    [InlineData("102<101", null)]
    [InlineData("201<200", null)]
    [InlineData("301<300", ScopeVerdict.Inside)]
    public void Tags_say_where_their_bearer_lies(string tags, ScopeVerdict? verdict)
        => Assert.Equal(verdict, TagScope.OfTags(Group, Tags(tags), tag => tag == "300"));

    [Fact]
    public void Of_things_inside_a_tag_the_tags_below_it_are_learned()
        => Assert.Equal(["100", "101", "102", "500"], TagScope.FindInside(Group, [Tags("102<101 200"), Tags("101<100 200"), Tags("500<499"), Tags("")]).Order());

    [Fact]
    public void One_thing_outside_is_enough_and_nothing_inside_is_too_little()
    {
        Assert.False(TagScope.IsInside([]));
        Assert.False(TagScope.IsInside([ScopeVerdict.Untagged]));
        Assert.False(TagScope.IsInside([ScopeVerdict.Inside, null, ScopeVerdict.Outside]));
        Assert.Null(TagScope.IsInside([ScopeVerdict.Inside, null]));
        Assert.True(TagScope.IsInside([ScopeVerdict.Inside, ScopeVerdict.Untagged]));
    }

    [Theory]
    [InlineData("""{"data":{"data":{"vehicle":{"id":"1"}}}}""", "vehicle 1")]
    [InlineData("""{"data":{"gateway":{"vehicle":{"id":1}}}}""", "vehicle 1")]
    [InlineData("""{"data":{"vehicle":{"id":"1","staticAssignedDriver":{"id":"2"}}}}""", "driver 2,vehicle 1")]
    [InlineData("""{"data":{"form":{"submittedBy":{"id":"2","type":"driver"},"assignedTo":{"id":"3","type":"user"}}}}""", "driver 2")]
    [InlineData("""{"data":{"conditions":[{"details":{"anything":{"driver":{"id":"2","tags":[{"id":"100"}]}}}}]}}""", "driver 2")]
    [InlineData("""{"data":{"route":{"id":"4"},"driverId":2,"vehicle":null}}""", "driver 2,route 4")]
    [InlineData("""{"data":{"address":{"id":"5","tags":[{"id":"100"}]}}}""", "address 5")]
    [InlineData("""{"data":{"address":{"id":"5"},"vehicle":{"id":"1"}}}""", "vehicle 1")]
    [InlineData("""{"event":{"device":{"id":1},"driver":{"id":2}}}""", "asset 1,driver 2")]
    [InlineData("""{"event":{"details":"Ana submitted a document (ID: 2_1772463600000)"}}""", "driver 2")]
    [InlineData("""{"data":{"driver":{"id":""},"vehicle":{"id":{}},"route":[]}}""", "")]
    [InlineData("""{"data":{"\ud800":{"driver":{"id":"2"}}}}""", "driver 2")]
    [InlineData("[]", "")]
    public void Everybody_whom_an_event_names_is_found_wherever_he_stands(string payload, string expected)
    {
        using var json = JsonDocument.Parse(payload);
        Assert.Equal(expected, string.Join(',', ScopeSubjects.Of(json.RootElement).Select(n => $"{n.Subject.Kind} {n.Subject.Id}").Order()));
    }

    [FixtureTheory]
    [InlineData("webhook1_Alert_DriverDocumentSubmitted")]
    [InlineData("webhook2_AlertIncident_severeSpeeding")]
    [InlineData("webhook2_DocumentSubmitted_from_kafka")]
    [InlineData("webhook2_DriverCreated_from_kafka")]
    [InlineData("webhook2_GeofenceEntry_from_kafka")]
    [InlineData("webhook2_RouteStopArrival_from_kafka")]
    public void Real_events_name_somebody(string fixture) => Assert.NotEmpty(ScopeSubjects.Of(Fixtures.Read($"samsara/{fixture}.json")));

    private static SamsaraTag[] Tags(string text)
        => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(tag => tag.Split('<') is [var id, var parent] ? new SamsaraTag(id, parent) : new SamsaraTag(tag, null))];
}
