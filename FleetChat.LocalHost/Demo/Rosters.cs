using FleetChat.LocalHost.Hosting;
using static FleetChat.LocalHost.Demo.Deliveries;

namespace FleetChat.LocalHost.Demo;

/// <summary>Expectations: whose drivers and trips are whose, also where two companies share one organization of Samsara's.</summary>
internal static class Rosters
{
    public static string? Enrolled(Evidence evidence) => First(
    [
        Is(Cast.Drivers, evidence.Companies.Sum(c => c.Drivers.Count - c.Company.Newcomers.Count), "drivers"),
        .. from company in evidence.Companies
           from driver in company.Company.All
           select company.Drivers.SingleOrDefault(d => d.SamsaraDriverId == driver.Id) is not { } found ? $"{driver.Name} is not enrolled"
               : found.Name != driver.Name || found.WhatsappNumber != $"+{driver.Phone}" || found.Language != driver.Language ? $"{driver.Name} is enrolled as {found}"
               : null,
    ]);

    /// <summary>They get another's trip, share one, or have more than one: what they hear is told elsewhere.</summary>
    private static readonly string[] s_others = [Cast.Hana, Cast.Gus, Cast.Oscar, Cast.Pia, Cast.Quinn, Cast.Sofia, Cast.Tomas];

    /// <summary>Of each trip its driver alone is told, with the dispatcher's notes.</summary>
    public static string? ToldOfOwnTrip(Evidence evidence) => First(
        from company in evidence.Companies
        from driver in company.Company.Roster
        where !s_others.Contains(driver.Name)
        let told = evidence.TakenFrom(company).Where(t => t.Template == Rules.TemplateOf(company, "route_assigned") && t.Text.Contains(driver.Trip.Name, StringComparison.Ordinal)).ToList()
        select told is [var only] && only.To == driver.Phone && only.Text.Contains(driver.Trip.Notes!, StringComparison.Ordinal) ? null : $"{driver.Trip.Name} was told {told.Count} times");

    public static string? Neighbours(Evidence evidence) => First(Pairs(evidence).SelectMany(pair =>
    {
        var (one, other) = pair;
        return new[]
        {
            First(one.Company.Roster.Select(d => one.Words.Contains(d.Name, StringComparison.Ordinal) ? null : $"{one.Company.Name} itself does not see {d.Name}")),
            First(WordsOf(other.Company).Select(word => one.Words.Contains(word, StringComparison.Ordinal) ? $"{one.Company.Name} sees '{word}'" : null)),
            First(WordsOf(other.Company).Select(word => evidence.TakenFrom(one).Any(t => t.Text.Contains(word, StringComparison.Ordinal)) ? $"{one.Company.Name} told '{word}'" : null)),
        };
    }));

    /// <summary>A webhook of the organization gets what concerns both.</summary>
    public static string? NeighboursEvents(Evidence evidence) => First(Pairs(evidence).SelectMany(pair =>
    {
        var (one, other) = pair;
        var theirs = other.Company.Everybody.Select(d => d.Id).ToHashSet();
        var foreign = evidence.Accepted(one).Where(w => w.DriverId is { } driver && theirs.Contains(driver)).Select(w => w.EventId).Distinct().ToList();
        return foreign
            .Select(id => one.Events.Single(e => e.ExternalId == id).Outcome is var outcome && outcome == "out_of_scope" ? null : $"{one.Company.Name} has an event of {other.Company.Name}: {outcome}")
            .Append(foreign.Count > 0 ? null : $"{one.Company.Name} got no event of {other.Company.Name}");
    }));

    private static (CompanyEvidence One, CompanyEvidence Other)[] Pairs(Evidence evidence) => [(evidence.Freight, evidence.Haulage!), (evidence.Haulage!, evidence.Freight)];

    private static IEnumerable<string> WordsOf(Company company) => company.Roster.SelectMany(d => new[] { d.Name, d.Trip.Name, d.Trip.Notes! }.Concat(d.Trip.Stops.Select(s => s.Name)));
}
