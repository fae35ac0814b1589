using System.Globalization;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Reminders;

namespace FleetChat.Core.Transports;

/// <summary>
/// A truck has come to a place: who is in it is told, once somebody can say who that is, and again if others are in it before the
/// message goes out. Decided from the present state alone.
/// </summary>
public sealed class SiteTold : IReminderHandler
{
    public const string Name = "site_told";

    internal const string StopOfTrip = "noted: a stop of its trip, which tells of itself";

    private static readonly TimeSpan Slowly = TimeSpan.FromMinutes(1);

    public string Kind => Name;

    /// <param name="enteredAt">As the fact says.</param>
    public static Reminder Of(Guid visit, DateTimeOffset enteredAt) => new(Name, string.Create(CultureInfo.InvariantCulture, $"{visit:N}:{enteredAt.ToUnixTimeMilliseconds()}"));

    public async Task<ReminderResult> HandleAsync(Reminder reminder, Processing processing, CancellationToken ct)
    {
        if (reminder.Subject.Split(':') is not [var first, var last] || !Guid.TryParseExact(first, "N", out var id) || !long.TryParse(last, CultureInfo.InvariantCulture, out var milliseconds))
            return new("ignored: no subject of ours");
        var (db, at) = (processing.Db, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
        if (await SiteVisits.FindVehicleAsync(db, id, ct) is not { } vehicle) return new("ignored: no such visit");
        var crew = await FindCrewAsync(processing, vehicle, at, ct);
        var enrolled = await TransportCrews.FindEnrolledAsync(db, [crew.Driver, crew.CoDriver], ct);
        await DriverSql.LockManyAsync(db, [.. enrolled.Values], ct);
        if (await SiteVisits.LockAsync(db, id, ct) is not { } visit) return new("ignored: no such visit");
        if (FindObjection(visit, at, processing) is { } objection) return new(objection);
        if (await SiteVisits.FindStopAsync(db, visit, [.. enrolled.Values], at, ct) is not null) return new(StopOfTrip);
        if (crew.Problem == CrewProblem.Unknown) return await WaitAsync(processing, visit, ct);

        if (visit.UnknownSince is not null) await SiteVisits.SetUnknownAsync(db, visit.Id, null, ct);
        var members = await CrewMembers.FindAsync(processing, new(Find(crew.Driver), Find(crew.CoDriver)), ct);
        return members.Reader is { } driver ? new(await TellAsync(processing, visit, at, driver, members, ct)) : await TellDispatcherAsync(processing, visit, ct);

        Guid? Find(string? samsaraId) => samsaraId is not null && enrolled.TryGetValue(samsaraId, out var known) ? known : null;
    }

    private static string? FindObjection(SiteVisit visit, DateTimeOffset at, Processing processing)
    {
        var rule = processing.Settings.Rules.SiteEntered;
        if (visit.LeftAt >= at) return "overtaken: the truck has left";
        if (visit.EnteredAt != at) return "overtaken: the truck has come anew";
        if (!rule.IsOn) return $"noted: rule {rule.Id} is off";
        return at + rule.ValidFor < processing.Time.GetUtcNow() ? "expired" : null;
    }

    // Who has parked it and signed out is still the one to whom it happened, if nobody came after him.
    private static async Task<Crew> FindCrewAsync(Processing processing, string vehicle, DateTimeOffset at, CancellationToken ct)
    {
        var now = processing.Time.GetUtcNow();
        var crew = await VehicleCrew.FindAsync(processing.Db, vehicle, now, now, ct);
        return crew.Problem == CrewProblem.Nobody && await VehicleCrew.FindAsync(processing.Db, vehicle, at, now, ct) is { Problem: CrewProblem.None } before ? before : crew;
    }

    // Without a token nobody can be asked.
    private static async Task<ReminderResult> WaitAsync(Processing processing, SiteVisit visit, CancellationToken ct)
    {
        if (processing.Settings.Samsara is null) return await TellDispatcherAsync(processing, visit, ct);
        var now = processing.Time.GetUtcNow();
        await VehicleCrew.RequestAsync(processing, visit.Vehicle, ct);
        if (visit.UnknownSince is null) await SiteVisits.SetUnknownAsync(processing.Db, visit.Id, now, ct);
        var unknown = new TransportCrew(null, null, CrewProblem.Unknown, visit.UnknownSince ?? now);
        if (unknown.MustWait(now)) return new("later: nobody can say yet who drives", now + TransportCrew.AskAgain);
        // The driver hears of it all the same, if it is known in time.
        return await TellDispatcherAsync(processing, visit, ct) with { NextAt = now + Slowly };
    }

    private static async Task<ReminderResult> TellDispatcherAsync(Processing processing, SiteVisit visit, CancellationToken ct)
    {
        await Alerts.RaiseAsync(processing.Db, processing.Time, AlertCodes.VehicleNoDriver, Alerts.Warning, visit.Vehicle, ct);
        return new($"alert: {AlertCodes.VehicleNoDriver}");
    }

    private static async Task<string> TellAsync(Processing processing, SiteVisit visit, DateTimeOffset at, DriverRow driver, CrewMembers members, CancellationToken ct)
    {
        var (rule, effect) = (processing.Settings.Rules.SiteEntered, SiteFact.EffectOf(visit.Vehicle, visit.Address, "entered", at));
        await Alerts.CloseAsync(processing.Db, processing.Time, AlertCodes.VehicleNoDriver, visit.Vehicle, ct);
        return await Teller.TellAsync(processing, rule, driver, _ => [driver.Name, visit.Name], new($"{effect}:{driver.Id:N}")
        {
            SiteVisit = visit.Id,
            ValidUntil = at + rule.ValidFor,
            About = $"site:{visit.Id:N}:{driver.Id:N}",
            OthersKeys = [.. members.Ids.Where(id => id != driver.Id).Select(id => $"{effect}:{id:N}")],
        }, ct);
    }
}
