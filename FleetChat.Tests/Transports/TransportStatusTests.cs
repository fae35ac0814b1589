using FleetChat.Core.Transports;

namespace FleetChat.Tests.Transports;

public sealed class TransportStatusTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 6, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("assigned", "pickup:scheduled delivery:scheduled", "assigned")]
    [InlineData("assigned", "pickup:en_route delivery:scheduled", "en_route")]
    [InlineData("assigned", "pickup:arrived delivery:scheduled", "arrived")]
    [InlineData("arrived", "pickup:done delivery:scheduled", "loaded")]
    [InlineData("loaded", "pickup:done delivery:en_route", "en_route")]
    [InlineData("en_route", "pickup:done delivery:arrived", "arrived")]
    [InlineData("arrived", "pickup:done delivery:done", "delivered")]
    [InlineData("arrived", "pickup:done delivery:done other:scheduled", "en_route")]
    [InlineData("arrived", "pickup:done delivery:done other:skipped", "delivered")]
    [InlineData("arrived", "pickup:done other:done", "completed")]
    [InlineData("arrived", "pickup:skipped delivery:skipped", "completed")]
    [InlineData("cancelled", "pickup:arrived", "cancelled")]
    [InlineData("completed", "pickup:arrived", "completed")]
    [InlineData("assigned", "", "assigned")]
    public void The_status_follows_the_stops(string current, string stops, string expected)
    {
        var facts = stops.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select((stop, index) => new StopFact(stop.Split(':')[0], stop.Split(':')[1], Start.AddHours(index))).ToArray();

        Assert.Equal(expected, TransportStatus.Follow(current, facts));
    }

    [Theory]
    [InlineData("scheduled", "arrived", true)]
    [InlineData("en_route", "arrived", true)]
    [InlineData("arrived", "done", true)]
    [InlineData("skipped", "arrived", true)]
    [InlineData("scheduled", "done", false)]
    [InlineData("done", "arrived", false)]
    [InlineData("done", "done", false)]
    [InlineData("arrived", "scheduled", false)]
    public void Only_legal_steps_are_taken(string from, string to, bool legal) => Assert.Equal(legal, StopState.CanMove(from, to));
}
