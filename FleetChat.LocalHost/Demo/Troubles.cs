using FleetChat.Core.Messaging;
using FleetChat.LocalHost.Demo.Acts;
using FleetChat.LocalHost.Hosting;
using static FleetChat.LocalHost.Demo.Deliveries;

namespace FleetChat.LocalHost.Demo;

/// <summary>Expectations: what was away for a while, and what died.</summary>
internal static class Troubles
{
    public static string? SamsaraAway(Evidence evidence)
    {
        var (notes, haulage) = (evidence.Notes, evidence.Haulage!);
        var (marc, mateo) = (Rules.Told(evidence, haulage, Cast.Marc, "route_assigned"), Rules.Told(evidence, evidence.Cargo, Cast.Mateo, "stop_arrived"));
        var nora = evidence.Journals.Calls.Where(c => c.Method == "PATCH" && c.Path == $"/fleet/routes/{evidence.Freight.Company.Get(Cast.Nora).Trip.RouteId}").ToList();
        return First([
            Is(1, marc.Count, "messages to Marc"), Is(1, mateo.Count, "messages to Mateo"),
            marc[0].At > notes.SamsaraAwayUntil ? null : "Marc was told of what nobody could see",
            mateo[0].At >= notes.SamsaraAwayFrom && mateo[0].At < notes.SamsaraAwayUntil ? null : "Mateo had to wait for Samsara",
            nora.Exists(c => c.Status == 503) ? null : "nobody tried to write Nora's answer meanwhile",
            nora.Exists(c => c.Status == 200 && c.At >= notes.SamsaraAwayUntil && c.Body?.ToString().Contains("accepted", StringComparison.Ordinal) == true) ? null : "Nora's answer was never written",
            .. evidence.Companies.Select(c => c.Alerts.Where(a => a.Code == "samsara.unreachable").ToList() is [{ ClosedAt: not null }] ? null : $"{c.Company.Name} has no alert of it that is closed again"),
        ]);
    }

    public static string? WhatsAppAway(Evidence evidence)
    {
        var (company, notes) = (evidence.Cargo, evidence.Notes);
        return First([
            evidence.Journals.Refused.Count(r => r is { Simulated: true, ErrorCode: 131016 }) >= Cast.Unreached.Length ? null : "WhatsApp refused too little",
            .. Cast.Unreached.Select(name => company.Company.Get(name)).SelectMany(driver => new[]
            {
                Is(1, TakenAbout(evidence, company, driver, 0), $"messages to {driver.Name}"),
                company.ToldAbout(driver, 0).Single() is { Attempts: > 1, IsTaken: true } ? null : $"{driver.Name}'s message was not tried again",
                evidence.TakenFor(company, driver, TemplateSet.StopArrived).All(t => t.At >= notes.WhatsAppAwayUntil) ? null : $"{driver.Name}'s message went out while WhatsApp was away",
            }),
        ]);
    }

    public static string? HostKilled(Evidence evidence)
    {
        var company = evidence.Haulage!;
        var arrived = company.Company.Roster.Where(d => !d.IsHiredLater).ToList();
        return First([
            evidence.Notes.TakenAtKill >= Killed.Unanswered ? null : $"only {evidence.Notes.TakenAtKill} messages were out when the host was killed",
            .. arrived.Select(driver => Is(1, TakenAbout(evidence, company, driver, 0), $"messages to {driver.Name}")),
            .. arrived.Select(driver => company.ToldAbout(driver, 0).Single() is { IsTaken: true } ? null : $"{driver.Name}'s message is not known to be out"),
            Is(0, company.Events.Count(e => e.Status != "done"), "events that nobody finished"),
        ]);
    }
}
