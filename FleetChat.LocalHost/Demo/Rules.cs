using FleetChat.LocalHost.Hosting;
using static FleetChat.LocalHost.Demo.Deliveries;

namespace FleetChat.LocalHost.Demo;

/// <summary>Expectations: what is told by rules, when, and how often.</summary>
internal static class Rules
{
    /// <summary>What rules tell dispatchers.</summary>
    private static readonly Dictionary<string, string> s_alerts = new()
    {
        ["eta_slipped"] = "stop.eta_slipped",
        ["early_or_late"] = "stop.early_or_late",
        ["site_left"] = "vehicle.site_left",
        ["dvir_defects"] = "vehicle.defects",
        ["hos_violation"] = "driver.hos_violation",
        ["samsara_alert"] = "samsara.alert",
    };

    private static readonly string[] s_offByDefault = ["stop_departed", "route_completed", "site_entered", "site_left", "hos_violation", "samsara_alert"];

    public static string TemplateOf(CompanyEvidence company, string rule) => company.Rules.Single(r => r.Id == rule).Template;

    /// <summary>That the whole day raises in a company, beside those of its first minutes.</summary>
    public static string[] ExpectedAlerts(Evidence evidence, CompanyEvidence company)
        // What had not reached WhatsApp when the host was killed is sent again, and people are told.
        => company == evidence.Haulage ? ["samsara.unreachable", "message.resent", "driver.consent_unanswered", .. Onboardings.ExpectedAlerts]
            : company == evidence.Freight ? ["samsara.unreachable", "stop.eta_slipped", "stop.early_or_late", "vehicle.defects"]
            : ["samsara.unreachable", "driver.many_messages", .. s_alerts.Values];

    public static string? EachFollowed(Evidence evidence) => First(evidence.Freight.Rules.Select(rule =>
        rule.Template.Length > 0 && !evidence.Companies.Any(c => evidence.TakenFrom(c).Any(t => t.Template == rule.Template)) ? $"{rule.Id} told no driver"
        : rule.Recipients.Contains("dispatcher") && !evidence.Companies.Any(c => c.Alerts.Any(a => a.Code == s_alerts[rule.Id])) ? $"{rule.Id} told no dispatcher"
        : null));

    public static string? SwitchedOnAlone(Evidence evidence) => First(s_offByDefault.Select(id =>
    {
        var found = evidence.Cargo.Rules.Single(r => r.Id == id);
        if (!found.IsOn || evidence.Freight.Rules.Single(r => r.Id == id).IsOn) return $"{id} is not on where it was switched on alone";
        return (Followed(evidence, evidence.Cargo, found), Followed(evidence, evidence.Freight, found)) is var times && times == (1, 0)
            ? null : $"{id} was followed {times.Item1} times where it is on, and {times.Item2} times where it is off";
    }));

    public static string? Night(Evidence evidence)
    {
        var (company, morning) = (evidence.Freight, Morning(evidence, 6, 0));
        var (omar, nora) = (Told(evidence, company, Cast.Omar, "route_assigned"), Told(evidence, company, Cast.Nora, "route_assigned"));
        return First(
            Is(1, omar.Count, "messages to Omar"), Is(1, nora.Count, "messages to Nora"),
            omar.Any(t => t.At < morning) ? null : "Omar was not told in time",
            nora.Any(t => t.At >= morning && t.At < morning.AddMinutes(1)) ? null : $"Nora was told at {(nora.Count > 0 ? nora[0].At : default):HH:mm}");
    }

    public static string? Settled(Evidence evidence)
    {
        var (company, told) = (evidence.Freight, Told(evidence, evidence.Freight, Cast.Ella, "route_assigned"));
        return First(
            Is(1, told.Count, "messages of the new trip"),
            Is(0, Told(evidence, company, Cast.Ella, "route_changed").Count, "messages of changes"),
            told.All(t => t.Text.Contains(Cast.EllasStop.Name, StringComparison.Ordinal) && t.Text.Contains("4:30", StringComparison.Ordinal)) ? null : $"it does not say what holds in the end: '{told[0].Text}'");
    }

    public static string? Digest(Evidence evidence)
    {
        var (company, oscar) = (evidence.Cargo, evidence.Cargo.Company.Get(Cast.Oscar));
        // What comes up in the afternoon is collected as well.
        var all = evidence.TakenFor(company, oscar).Where(t => t.Template == "fleetchat_digest_v1").ToList();
        var digests = all.FindAll(t => t.At < Morning(evidence, 12, 0));
        var told = Told(evidence, company, Cast.Oscar, "route_assigned");
        var trips = Cast.OscarsTrips.Append(oscar.Trip).ToList();
        return First([
            Is(6, told.Count, "single messages"), Is(1, digests.Count, "digests"),
            Is(1, company.Alerts.Count(a => a.Code == "driver.many_messages"), "alerts"),
            .. digests.Select(d => d.At >= told[^1].At.AddHours(1) ? null : "the digest did not collect for an hour"),
            .. trips.Select(trip => Is(1, told.Concat(all).Count(t => t.Text.Contains($"nuevo: {trip.Name}.", StringComparison.Ordinal)), $"times told of {trip.Name}")),
        ]);
    }

    public static string? ComingUp(Evidence evidence) => First(Twins(evidence).Select(twin =>
    {
        var (told, due) = (Told(evidence, twin.Company, twin.Name, "stop_coming_up"), Morning(evidence, 6, 30));
        return told is [var only] && only.At >= due && only.At < due.AddMinutes(1) && only.Text.Contains(twin.Driver.Trip.Stops[0].Name, StringComparison.Ordinal)
            ? null : $"{twin.Name} was told {told.Count} times, first at {(told.Count > 0 ? told[0].At : default):HH:mm}";
    }));

    public static string? AtTheWheel(Evidence evidence)
    {
        var (told, stopped) = (Told(evidence, evidence.Freight, Cast.Omar, "stop_coming_up"), evidence.Notes.OmarStopped);
        var first = told.Where(t => t.Text.Contains(evidence.Freight.Company.Get(Cast.Omar).Trip.Stops[0].Name, StringComparison.Ordinal)).ToList();
        return First(
            evidence.Notes.HeldBecause == "hos" ? null : $"it was held because of {evidence.Notes.HeldBecause ?? "nothing"}",
            Is(1, first.Count, "messages of his first stop"),
            first[0].At >= stopped && first[0].At <= stopped.AddMinutes(1) ? null : $"it went out at {first[0].At:HH:mm:ss}");
    }

    public static string? EtaSlipped(Evidence evidence) => First(Twins(evidence).SelectMany(twin => new[]
    {
        Is(1, Told(evidence, twin.Company, twin.Name, "eta_slipped").Count(t => t.Text.Contains(twin.Driver.Trip.Stops[0].Name, StringComparison.Ordinal)), $"messages to {twin.Name}"),
        Is(1, twin.Company.Alerts.Count(a => a.Code == "stop.eta_slipped"), $"alerts of {twin.Name}"),
    }));

    public static string? EarlyAndLate(Evidence evidence) => First(Twins(evidence).SelectMany(twin => new[]
    {
        Is(1, twin.Company.Times("stop_late", twin.Driver, 0), $"late arrivals of {twin.Name}"),
        Is(1, twin.Company.Times("stop_early", twin.Driver, 1), $"early arrivals of {twin.Name}"),
        Is(2, twin.Company.Alerts.Count(a => a.Code == "stop.early_or_late"), $"alerts of {twin.Name}"),
        Is(1, twin.Company.Alerts.Count(a => a.Code == "vehicle.defects"), $"alerts of {twin.Name}'s truck"),
    }));

    public static string? PaperMissing(Evidence evidence)
    {
        var asked = Told(evidence, evidence.Cargo, Cast.Kiko, "document_missing");
        return First(
            Is(1, asked.Count(t => t.Text.Contains(evidence.Cargo.Company.Get(Cast.Kiko).Trip.Stops[0].Name, StringComparison.Ordinal)), "times asked for the paper of the first stop"),
            Is(1, asked.Count, "times asked"),
            Is(0, Told(evidence, evidence.Freight, Cast.Kai, "document_missing").Count, "times asked for what had come"));
    }

    /// <summary>What WhatsApp took for a driver because of a rule.</summary>
    public static IReadOnlyList<TakenMessage> Told(Evidence evidence, CompanyEvidence company, string name, string rule)
        => evidence.TakenFor(company, company.Company.Get(name), TemplateOf(company, rule));

    private static int Followed(Evidence evidence, CompanyEvidence company, ApiRule rule)
        => rule.Template.Length > 0 ? evidence.TakenFrom(company).Count(t => t.Template == rule.Template) : company.Alerts.Count(a => a.Code == s_alerts[rule.Id]);

    private static (CompanyEvidence Company, string Name, Driver Driver)[] Twins(Evidence evidence) =>
        [(evidence.Freight, Cast.Kai, evidence.Freight.Company.Get(Cast.Kai)), (evidence.Cargo, Cast.Kiko, evidence.Cargo.Company.Get(Cast.Kiko))];

    /// <summary>A time of the day, where the drivers are.</summary>
    private static DateTimeOffset Morning(Evidence evidence, int hour, int minute)
    {
        var local = TimeZoneInfo.ConvertTime(evidence.Notes.SamsaraAwayFrom, DayClock.Zone).Date.AddHours(hour).AddMinutes(minute);
        return new(local, DayClock.Zone.GetUtcOffset(local));
    }
}
