using FleetChat.LocalHost.Demo.Acts;

namespace FleetChat.LocalHost.Demo;

/// <summary>The day, act by act.</summary>
internal static class DayScript
{
    /// <summary>Two companies' first minutes: what has to hold at the doors and on the lines.</summary>
    public static IReadOnlyList<Act> Small(Stage stage, Fleet fleet, DayNotes notes) => [.. Begin(stage, fleet, notes), new Evening(stage, fleet, notes)];

    /// <summary>And then all that a fleet's day holds.</summary>
    public static IReadOnlyList<Act> Whole(Stage stage, Fleet fleet, DayNotes notes, IMortalHost host) =>
    [
        new FirstMessage(stage, fleet, notes),
        .. Begin(stage, fleet, notes),
        new Roster(stage, fleet, notes),
        new Night(stage, fleet, notes),
        new Morning(stage, fleet, notes),
        new Changes(stage, fleet, notes),
        new Crews(stage, fleet, notes),
        new Road(stage, fleet, notes),
        new Outages(stage, fleet, notes),
        // Before the host is killed: a lane that it held is no other's until its lease runs out, by real seconds.
        new Consents(stage, fleet, notes),
        new Killed(stage, fleet, notes, host),
        new Evening(stage, fleet, notes),
        new Week(stage, fleet, notes),
    ];

    private static Act[] Begin(Stage stage, Fleet fleet, DayNotes notes) =>
        [new Arrivals(stage, fleet, notes), new Intruders(stage, fleet, notes), new BrokenLines(stage, fleet, notes), new Dispatchers(stage, fleet, notes)];
}
