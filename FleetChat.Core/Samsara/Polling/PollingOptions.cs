using System.ComponentModel.DataAnnotations;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>How often Samsara is looked at, for each company. Bound from <c>FleetChat:Polling</c>.</summary>
public sealed class PollingOptions
{
    public const string Section = "FleetChat:Polling";

    private const string Shortest = "00:00:10";
    private const string Longest = "1.00:00:00";

    /// <summary>Samsara tells nobody of an assignment: a minute is what a driver waits for at the most before the time that dispatch has to finish its edits begins.</summary>
    [Range(typeof(TimeSpan), Shortest, Longest)]
    public TimeSpan Routes { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>People come, go and change phones by the day; their own events tell most of it sooner.</summary>
    [Range(typeof(TimeSpan), Shortest, Longest)]
    public TimeSpan Drivers { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A truck that is swapped must not get the next message to the driver before; only vehicles of open transports are asked for.</summary>
    [Range(typeof(TimeSpan), Shortest, Longest)]
    public TimeSpan Assignments { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Routes are listed from so long ago. Later ones that are still under way are looked at one by one.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "7.00:00:00")]
    public TimeSpan RoutesBack { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Nobody is told earlier than 12 hours ahead; the rest is room for routes that are moved forward.</summary>
    [Range(typeof(TimeSpan), "12:00:00", "14.00:00:00")]
    public TimeSpan RoutesAhead { get; set; } = TimeSpan.FromDays(2);
}
