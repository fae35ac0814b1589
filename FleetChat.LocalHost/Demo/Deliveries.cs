using FleetChat.Core.Messaging;
using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo;

/// <summary>Expectations: each thing once, whatever is delivered again, lost, shuffled or refused for a moment.</summary>
internal static class Deliveries
{
    /// <summary>Under which the API lists what was accepted, each once.</summary>
    public static HashSet<string> AcceptedIds(Evidence evidence, CompanyEvidence company) =>
    [
        .. evidence.Accepted(company).Select(w => w.EventId),
        .. evidence.AcceptedUpdates(company).Select(u => u.Status is null ? $"{u.PhoneNumberId}:m:{u.Wamid}" : $"{u.PhoneNumberId}:s:{u.Wamid}:{u.Status}"),
    ];

    public static string? ListedOnceAndDone(Evidence evidence)
        => First(evidence.Companies.SelectMany(company => AcceptedIds(evidence, company).Select(id =>
            company.Events.Count(e => e.ExternalId == id) is var count && count != 1 ? $"{id} is listed {count} times"
            : company.Events.Single(e => e.ExternalId == id).Status is var status && status != "done" ? $"{id} is {status}"
            : null)));

    public static string? ToldOnce(Evidence evidence) => First(evidence.Companies.SelectMany(company => Arrivals(evidence, company).Select(arrival =>
    {
        var (driver, stop) = arrival;
        var (noted, told) = (company.Times("stop_arrived", driver, stop), TakenAbout(evidence, company, driver, stop));
        return (noted, told) == (1, Cast.WantsNoMore(driver, stop) ? 0 : 1) ? null : $"{driver.Name} at {driver.Trip.Stops[stop].Name}: noted {noted} times, told {told} times";
    })));

    public static string? RedeliveredArrival(Evidence evidence)
    {
        var (company, driver) = (evidence.Freight, evidence.Freight.Company.Drivers[0]);
        return First(
            Is(1, company.Events.Count(e => e.ExternalId == evidence.Notes.RedeliveredEvent), "times listed"),
            Is(1, company.Times("stop_arrived", driver, 0), "arrivals"),
            Is(1, TakenAbout(evidence, company, driver, 0), "messages on the phone"));
    }

    public static string? SameFact(Evidence evidence)
    {
        var (company, driver) = (evidence.Cargo, evidence.Cargo.Company.Drivers[1]);
        return First(
            Is(1, company.Events.Count(e => e.ExternalId == evidence.Notes.FirstEventOfFact), "times listed under the first id"),
            Is(1, company.Events.Count(e => e.ExternalId == evidence.Notes.SecondEventOfFact), "times listed under the second id"),
            Is(1, company.Times("stop_arrived", driver, 0), "arrivals"),
            Is(1, TakenAbout(evidence, company, driver, 0), "messages on the phone"));
    }

    public static string? RedeliveredTap(Evidence evidence)
    {
        var (company, driver) = (evidence.Freight, evidence.Freight.Company.Drivers[1]);
        return First(
            Is(1, company.Events.Count(e => e.ExternalId == $"{company.Company.NumberId}:m:{evidence.Notes.RedeliveredTap}"), "times listed"),
            Is(1, company.Messages.Count(m => m.WhatsappMessageId == evidence.Notes.RedeliveredTap), "messages"),
            Is(1, company.Times("stop_done", driver, 0), "ends of the stop"));
    }

    public static string? TakenAreInJournal(Evidence evidence) => First(evidence.Companies.SelectMany(company => company.Messages.Where(m => m.IsTaken).Select(message =>
        evidence.TakenFrom(company).Count(t => t.Wamid == message.WhatsappMessageId) is var count && count != 1 ? $"'{message.Text}' ({message.Status}) is in the journal {count} times" : null)));

    public static string? JournalIsInApi(Evidence evidence) => First(evidence.Companies.SelectMany(company => evidence.TakenFrom(company).Select(taken =>
        company.Messages.Count(m => m.IsTaken && m.WhatsappMessageId == taken.Wamid) is var count && count != 1 ? $"'{taken.Text}' is in the API {count} times" : null)));

    public static string? LostAnswer(Evidence evidence)
    {
        var (company, driver) = (evidence.Freight, evidence.Freight.Company.Drivers[1]);
        return First(
            Is(1, TakenAbout(evidence, company, driver, 0), "messages on the phone"),
            Is(1, company.ToldAbout(driver, 0).Single().Attempts, "attempts"),
            company.ToldAbout(driver, 0).Single() is { IsTaken: false } message ? $"the message is {message.Status}" : null);
    }

    public static string? TransientFailure(Evidence evidence)
    {
        var (company, driver) = (evidence.Cargo, evidence.Cargo.Company.Drivers[1]);
        return First(
            Is(1, evidence.Journals.Refused.Count(r => r is { Simulated: true, ErrorCode: 131000 } && r.PhoneNumberId == company.Company.NumberId), "refusals ordered"),
            Is(1, TakenAbout(evidence, company, driver, 1), "messages on the phone"),
            Is(2, company.ToldAbout(driver, 1).Single().Attempts, "attempts"));
    }

    public static string? StatusesForward(Evidence evidence) => evidence.Backwards.Count == 0 ? null : string.Join("; ", evidence.Backwards);

    public static string? FinalIsBest(Evidence evidence) => First(evidence.Companies.SelectMany(company => company.Messages.Where(m => m.IsTaken).Select(message =>
    {
        var reported = evidence.Journals.Updates.Where(u => u is { Status: not null, Acknowledged: true, Forged: false } && u.Wamid == message.WhatsappMessageId).Select(u => u.Status!);
        var best = reported.Append("accepted").MaxBy(Statuses.Rank)!;
        return message.Status == best ? null : $"'{message.Text}' is {message.Status}, and WhatsApp told {best}";
    })));

    public static string? NothingRefused(Evidence evidence)
        => First(evidence.Journals.Refused.Where(r => r.Simulated != true).Select(r => $"code {r.ErrorCode}: {r.Details}"));

    /// <summary>From what arrived, or who wrote it, to how it ended; and of each event what was made of it.</summary>
    public static string? Explained(Evidence evidence) => First(evidence.Companies.SelectMany(company => company.Messages.Where(m => m.IsOutbound).Select(message =>
    {
        var what = company.Explanations[message.Id].Timeline.Where(e => e.MessageId is null || e.MessageId == message.Id).Select(e => e.What).ToHashSet();
        string[] wanted = [.. Origins(message), "made", message.IsTaken && !message.Reason.EndsWith(":delivery_unknown", StringComparison.Ordinal) ? "answered" : "unsent"];
        return wanted.FirstOrDefault(w => !what.Contains(w) && !(w == "unsent" && what.Contains("superseded"))) is { } missing ? $"'{message.Text}' ({message.Status}, {message.Reason}) is not explained: no word {missing}" : null;
    }).Concat(company.Events.Select(e => IsExplained(company.Explanations[e.Id]) ? null : $"nobody can tell what became of {e.Kind} {e.ExternalId}"))));

    // Nothing came in where a dispatcher wrote or had a driver asked; what was asked is reminded of by its orchestration.
    private static string[] Origins(ApiMessage message) => message.Reason.Split(':')[0] switch
    {
        "dispatcher_message" or "consent_question" => [],
        "consent_reminder" => ["orchestrated"],
        _ => ["received"],
    };

    // Where it led to no message, the reason stands behind the colon.
    private static bool IsExplained(ApiExplanation explanation)
        => explanation.Conclusion != "no message: " && explanation.Timeline.Any(e => e.What == "received") && explanation.Timeline.Any(e => e.What is "decided" or "waiting");

    /// <summary>Messages that say that the driver's truck has reached the stop, to who has to hear it; others may name it too.</summary>
    public static int TakenAbout(Evidence evidence, CompanyEvidence company, Driver driver, int stop)
        => evidence.TakenFrom(company).Count(t => t.To == company.Company.Get(Cast.Hears(driver.Name)).Phone && t.Template is TemplateSet.StopArrived or TemplateSet.StopArrivedUnsure && t.Text.Contains(driver.Trip.Stops[stop].Name, StringComparison.Ordinal));

    public static string? First(params IEnumerable<string?> faults) => faults.FirstOrDefault(fault => fault is not null);

    public static string? Is(int expected, int found, string what) => found == expected ? null : $"{found} {what}, not {expected}";

    private static IEnumerable<(Driver Driver, int Stop)> Arrivals(Evidence evidence, CompanyEvidence company)
        => from driver in company.Company.Everybody
           from stop in Enumerable.Range(0, driver.Trip.Stops.Count)
           where evidence.Accepted(company).Any(w => w.EventType == "RouteStopArrival" && w.StopId == driver.Trip.Stops[stop].Id)
           select (driver, stop);
}
