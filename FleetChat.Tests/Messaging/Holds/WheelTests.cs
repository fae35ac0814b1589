using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Holds;

namespace FleetChat.Tests.Messaging.Holds;

public sealed class WheelTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly SendFacts CanWait = new(IsTemplate: true, "granted", "active", null, null, null) { CanWait = true };

    [Theory]
    [InlineData("driving", null, "driving", "hos")]
    [InlineData("driving", 0.0, "driving", "hos")]
    [InlineData("onDuty", 60.0, "not_driving", "hos")]
    [InlineData("offDuty", null, "not_driving", "hos")]
    [InlineData("sleeperBed", 60.0, "not_driving", "hos")]
    [InlineData("yardMove", 8.0, "driving", "speed")]
    [InlineData("personalConveyance", 0.0, "not_driving", "speed")]
    [InlineData("personalConveyance", null, "unknown", null)]
    [InlineData(null, 5.0, "driving", "speed")]
    [InlineData(null, 4.9, "not_driving", "speed")]
    [InlineData("", 60.0, "driving", "speed")]
    [InlineData("somethingNew", null, "unknown", null)]
    [InlineData(null, null, "unknown", null)]
    public void Hours_of_service_tell_it_and_where_they_do_not_the_vehicles_speed_does(string? duty, double? speed, string state, string? source)
        => Assert.Equal(new Wheel(state, source), Wheel.Of(duty, speed, Now.AddMinutes(-1), Now));

    [Fact]
    public void A_speed_that_was_told_long_ago_says_nothing()
        => Assert.Equal(WheelState.Unknown, Wheel.Of(null, 60, Now.AddMinutes(-5), Now).State);

    [Theory]
    [InlineData(null, 0, true)]
    [InlineData("driving", 0, true)]
    [InlineData("not_driving", 60, false)]
    [InlineData("not_driving", 61, true)]
    [InlineData("unknown", 60, false)]
    [InlineData("unknown", 61, true)]
    public void Only_a_fresh_look_lets_go_what_can_wait(string? state, int secondsAgo, bool holds)
    {
        var facts = CanWait with { Wheel = state is null ? null : (state, Now.AddSeconds(-secondsAgo)) };

        Assert.Equal(holds, Wheel.Holds(facts, Now));
        Assert.False(Wheel.Holds(facts with { CanWait = false }, Now));
    }
}
