using FleetChat.Core.Data;
using FleetChat.Core.Reminders;
using FleetChat.Core.Transports;

namespace FleetChat.Core.Messaging;

/// <summary>A truck's visit of which a message tells.</summary>
/// <param name="Look">Looks who is in the truck, and tells him.</param>
/// <param name="Vehicle">Samsara's id.</param>
/// <param name="Driver">Samsara's id of whom the message is for.</param>
internal sealed record DueSite(Reminder Look, string Vehicle, string Driver);

/// <summary>What tells of a truck and of no transport is for who is in the truck when it goes out.</summary>
internal static class SiteMessages
{
    public static async Task<IReadOnlyList<DueMessage>> JudgeAsync(TenantDb db, IReadOnlyList<DueMessage> due, DateTimeOffset now, CancellationToken ct)
    {
        var crews = new Dictionary<string, Crew>();
        foreach (var vehicle in due.Select(m => m.Site?.Vehicle).OfType<string>().Distinct()) crews[vehicle] = await VehicleCrew.FindAsync(db, vehicle, now, now, ct);
        return [.. due.Select(m => m.Site is { } site ? m with { Facts = Judge(m.Facts, site, crews[site.Vehicle]) } : m)];
    }

    // Who has signed out stays the one to whom it happened, as long as nobody comes after him.
    private static SendFacts Judge(SendFacts facts, DueSite site, Crew crew) => crew.Problem switch
    {
        CrewProblem.None => facts with { IsOthers = site.Driver != crew.Driver && site.Driver != crew.CoDriver },
        CrewProblem.Unknown when !facts.IsInDoubt => facts with { CrewToAsk = site.Look },
        _ => facts,
    };
}
