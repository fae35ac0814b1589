using FleetChat.LocalHost.Hosting;
using static FleetChat.LocalHost.Demo.Deliveries;

namespace FleetChat.LocalHost.Demo;

/// <summary>Expectations: trips that change, what drivers answer to them, and what of it stands in Samsara.</summary>
internal static class Trips
{
    public static string? Changed(Evidence evidence)
    {
        var company = evidence.Freight;
        var (finn, nora) = (Rules.Told(evidence, company, Cast.Finn, "route_changed"), Rules.Told(evidence, company, Cast.Nora, "route_changed"));
        return First(
            Is(1, finn.Count, "messages to Finn"), Is(1, nora.Count, "messages to Nora"),
            finn[0].Text is var text && text.Contains(Cast.FinnsStop.Name, StringComparison.Ordinal) && text.Contains("12:15", StringComparison.Ordinal) ? null : $"Finn's does not say what changed: '{text}'",
            nora[0].Text.Contains(company.Company.Get(Cast.Nora).Trip.Stops[1].Name, StringComparison.Ordinal) ? null : $"Nora's does not say what changed: '{nora[0].Text}'",
            Is(0, evidence.TakenFrom(company).Count(t => t.Template == Rules.TemplateOf(company, "route_changed") && t.Text.Contains("FleetChat", StringComparison.Ordinal)), "messages of what we wrote ourselves"));
    }

    public static string? Reassigned(Evidence evidence)
    {
        var (company, gus) = (evidence.Freight, evidence.Freight.Company.Get(Cast.Gus));
        return First(
            Is(1, Rules.Told(evidence, company, Cast.Gus, "route_reassigned").Count, "messages to Gus"),
            Is(1, Rules.Told(evidence, company, Cast.Hana, "route_assigned").Count(t => t.Text.Contains(gus.Trip.Name, StringComparison.Ordinal)), "messages to Hana"),
            company.TripOf(gus) is { Status: "assigned", DriverId: { } driver } && driver == company.IdOf(company.Company.Get(Cast.Hana)) ? null : $"the trip is {company.TripOf(gus)?.Status}",
            TooLate(company, gus, evidence.Notes.TapOnReassigned));
    }

    public static string? Cancelled(Evidence evidence)
    {
        var (company, iris) = (evidence.Freight, evidence.Freight.Company.Get(Cast.Iris));
        return First(
            Is(1, Rules.Told(evidence, company, Cast.Iris, "route_cancelled").Count, "messages to Iris"),
            company.TripOf(iris) is { Status: "cancelled" } ? null : $"the trip is {company.TripOf(iris)?.Status}",
            TooLate(company, iris, evidence.Notes.TapOnCancelled));
    }

    /// <summary>Both are told of the trip; what happens on it is told to who does not drive, and his answer counts.</summary>
    public static string? Team(Evidence evidence)
    {
        var (company, pia, quinn) = (evidence.Freight, evidence.Freight.Company.Get(Cast.Pia), evidence.Freight.Company.Get(Cast.Quinn));
        return First(
            Is(1, ToldOf(evidence, company, Cast.Pia, "route_assigned", pia.Trip), "messages of the trip to Pia"),
            Is(1, ToldOf(evidence, company, Cast.Quinn, "route_assigned", pia.Trip), "messages of the trip to Quinn"),
            Is(0, ToldOf(evidence, company, Cast.Pia, "stop_arrived", pia.Trip), "messages of the arrival to Pia"),
            Is(1, ToldOf(evidence, company, Cast.Quinn, "stop_arrived", pia.Trip), "messages of the arrival to Quinn"),
            company.TripOf(pia)?.CoDriverId == company.IdOf(quinn) ? null : "Quinn does not ride along",
            company.StateOf(pia, 0) == "done" ? null : $"Quinn's answer did not count: the stop is {company.StateOf(pia, 0)}");
    }

    public static string? Swapped(Evidence evidence)
    {
        var (company, sofia) = (evidence.Cargo, evidence.Cargo.Company.Get(Cast.Sofia));
        return First(
            Is(1, ToldOf(evidence, company, Cast.Sofia, "route_assigned", sofia.Trip), "messages of the trip to Sofía"),
            Is(1, ToldOf(evidence, company, Cast.Sofia, "route_reassigned", sofia.Trip), "messages to Sofía that it is not hers any more"),
            Is(1, ToldOf(evidence, company, Cast.Tomas, "route_assigned", sofia.Trip), "messages of the trip to Tomás"),
            Is(0, ToldOf(evidence, company, Cast.Sofia, "stop_arrived", sofia.Trip), "messages of the arrival to Sofía"),
            Is(1, ToldOf(evidence, company, Cast.Tomas, "stop_arrived", sofia.Trip), "messages of the arrival to Tomás"),
            TooLate(company, sofia, evidence.Notes.TapOnSwapped));
    }

    public static string? Taken(Evidence evidence) => First([.. Cast.Takers.Append(Cast.Lucia).Select(name => StandsInBoth(evidence, name, "accepted")), StandsInBoth(evidence, Cast.Vera, "declined"), Confirmed(evidence)]);

    /// <summary>A dispatcher's stop would vanish.</summary>
    public static string? StopsUntouched(Evidence evidence)
    {
        var patches = evidence.Journals.Calls.Where(c => c.Method == "PATCH" && c.Path.StartsWith("/fleet/routes/", StringComparison.Ordinal)).ToList();
        return First([patches.Count > 0 ? null : "no route was written to", .. patches.Select(p => p.Body?.TryGetProperty("stops", out _) == true ? $"{p.Path} wrote stops" : null)]);
    }

    public static string? FourPhotos(Evidence evidence)
    {
        var (company, kai) = (evidence.Freight, evidence.Freight.Company.Get(Cast.Kai));
        var documents = evidence.Journals.Calls.Where(c => c is { Method: "POST", Path: "/fleet/documents", Status: 200 } && c.Body?.GetProperty("driverId").GetString() == kai.Id).ToList();
        return First([
            Is(Cast.Pages, evidence.Notes.FourPhotos.Count(wamid => company.Inbound(wamid) is { Kind: "image" }), "pages"),
            Is(1, evidence.TakenFor(company, kai).Count(t => t.Text.Contains($" {Cast.Pages} ", StringComparison.Ordinal) && t.Template is null), "confirmations"),
            Is(1, documents.Count(d => d.Body!.Value.GetProperty("notes").GetString()!.Contains($"{Cast.Pages} pages", StringComparison.Ordinal)), "documents of that many pages"),
            .. documents.Select(d => d.Body!.Value.GetProperty("state").GetString() == "submitted" ? null : "a document is only a to-do"),
        ]);
    }

    private static int ToldOf(Evidence evidence, CompanyEvidence company, string name, string rule, Trip trip)
        => Rules.Told(evidence, company, name, rule).Count(t => t.Text.Contains(trip.Name, StringComparison.Ordinal));

    private static string? TooLate(CompanyEvidence company, Driver driver, string? tap)
        => company.Inbound(tap) is not { } answer ? "the tap is not there"
            : Is(1, company.SentTo(driver).Count(m => m is { Reason: "too_late", IsTaken: true } && m.TransportId == answer.TransportId), "words that it is too late");

    private static string? StandsInBoth(Evidence evidence, string name, string status)
    {
        var company = evidence.Companies.Single(c => c.Company.Roster.Any(d => d.Name == name));
        var trip = company.Company.Get(name).Trip;
        var written = evidence.Journals.Calls.Where(c => c is { Method: "PATCH", Status: 200 } && c.Path == $"/fleet/routes/{trip.RouteId}").Select(c => c.Body?.ToString() ?? "").ToList();
        return First(
            Is(1, company.Find(trip)?.Timeline?.Count(e => e.What == status) ?? 0, $"times that {name} {status}"),
            written.Exists(body => body.Contains($": {status}", StringComparison.Ordinal)) ? null : $"Samsara's notes don't tell that {name} {status}",
            written.Exists(body => body.Contains("fleetchatAnswer", StringComparison.Ordinal) && body.Contains(status, StringComparison.Ordinal)) ? null : $"no external id tells that {name} {status}");
    }

    private static string? Confirmed(Evidence evidence)
    {
        var (company, lucia) = (evidence.Cargo, evidence.Cargo.Company.Get(Cast.Lucia));
        return Is(1, company.SentTo(lucia).Count(m => m is { Reason: "confirmation", IsTaken: true } && m.Text.Contains(lucia.Trip.Name, StringComparison.Ordinal)), "words back to Lucía");
    }
}
