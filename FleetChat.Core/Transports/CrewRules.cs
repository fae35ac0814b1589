namespace FleetChat.Core.Transports;

/// <summary>What decides who drives a transport.</summary>
/// <param name="Named">Samsara's id of the driver whom the route names.</param>
/// <param name="Vehicle">Samsara's id.</param>
/// <param name="CrewVehicle">The vehicle by whose crew <paramref name="Held"/> was set; null: by the route's word.</param>
internal sealed record CrewFacts(string? Named, string? Vehicle, string? CrewVehicle, TransportCrew Held, string Status, DateTimeOffset? StartsAt)
{
    /// <summary>Farther ahead nobody's assignments are seen, and nobody is told yet.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromHours(12);

    /// <summary>Also one that was declined: a dispatcher looks for somebody else.</summary>
    public bool IsOpen => !TransportStatus.IsOver(Status) || Status == TransportStatus.Declined;

    /// <summary>When its vehicle's crew is asked for; null if it need not be.</summary>
    public DateTimeOffset? AsksFrom => Vehicle is null || !IsOpen ? null : StartsAt is { } start ? start - Horizon : DateTimeOffset.MinValue;

    public bool Asks(DateTimeOffset now) => AsksFrom <= now;

    /// <summary>The moment whose crew counts: a trip that has not begun is for those who are assigned when it does.</summary>
    public DateTimeOffset Moment(DateTimeOffset now) => Status is TransportStatus.Assigned or TransportStatus.Accepted && StartsAt > now ? StartsAt.Value : now;
}

/// <summary>Who drives, from what the route says and who is on board. The route's word goes first; nobody is guessed.</summary>
internal static class CrewRules
{
    /// <param name="crew">Of the vehicle; null: it was not asked for.</param>
    /// <param name="enrolled">Ids of ours, by Samsara's: those whom we know.</param>
    public static TransportCrew Decide(CrewFacts facts, Crew? crew, IReadOnlyDictionary<string, Guid> enrolled)
    {
        var named = Find(facts.Named);
        if (crew is { Problem: CrewProblem.None } && (facts.Named is null || facts.Named == crew.Driver || facts.Named == crew.CoDriver)) return new(Find(crew.Driver), Find(crew.CoDriver));
        var isHeld = facts.Vehicle is not null && facts.CrewVehicle == facts.Vehicle;
        if (facts.Named is not null)
        {
            // Who has just signed out of the truck, both of them, has not left the team.
            return isHeld && crew is not { Problem: CrewProblem.None } && named is { } known && facts.Held.Includes(known) ? new(facts.Held.Driver, facts.Held.CoDriver) : new(named, null);
        }
        if (!isHeld) return new(null, null, crew?.Problem ?? CrewProblem.None);
        return new(facts.Held.Driver, facts.Held.CoDriver, crew?.Problem ?? CrewProblem.None);

        Guid? Find(string? samsaraId) => samsaraId is not null && enrolled.TryGetValue(samsaraId, out var id) ? id : null;
    }
}
