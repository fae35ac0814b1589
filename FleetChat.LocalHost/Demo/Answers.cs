using FleetChat.LocalHost.Hosting;
using static FleetChat.LocalHost.Demo.Deliveries;

namespace FleetChat.LocalHost.Demo;

/// <summary>Expectations: what people wrote and tapped, and what became of it.</summary>
internal static class Answers
{
    public static string? OnePhoneForTwoCompanies(Evidence evidence)
    {
        var (freight, cargo) = (evidence.Freight, evidence.Cargo);
        var (maria, mariaOfCargo) = (freight.Company.Drivers[0], cargo.Company.Drivers[0]);
        return First(
            StateIs(freight, maria, 0, "done"),
            StateIs(cargo, mariaOfCargo, 0, "arrived"),
            freight.Inbound(evidence.Notes.TapInOnePost)?.DriverId == freight.IdOf(maria) ? null : "the first answer is not Maria's of the first company",
            cargo.Inbound(evidence.Notes.OtherTapInOnePost)?.DriverId == cargo.IdOf(mariaOfCargo) ? null : "the second answer is not Maria's of the second company");
    }

    public static string? SharedPhoneTaps(Evidence evidence)
    {
        var (company, notes) = (evidence.Freight, evidence.Notes);
        var (jack, rosa) = (company.Company.Drivers[1], company.Company.Drivers[2]);
        return First(
            notes.JacksStopAfterJacksTap == "done" ? null : $"Jack's stop was {notes.JacksStopAfterJacksTap} after his tap",
            notes.RosasStopAfterJacksTap == "arrived" ? null : $"Rosa's stop was {notes.RosasStopAfterJacksTap} after Jack's tap",
            StateIs(company, rosa, 0, "done"),
            Is(1, TakenAbout(evidence, company, jack, 0), "messages to Jack"),
            Is(1, TakenAbout(evidence, company, rosa, 0), "messages to Rosa"),
            company.Inbound(notes.RedeliveredTap)?.DriverId == company.IdOf(jack) ? null : "Jack's tap is not taken for his");
    }

    public static string? SharedPhoneText(Evidence evidence)
    {
        var entry = evidence.Notes.FreightWaited.SingleOrDefault(e => e.Message.WhatsappMessageId == evidence.Notes.SharedText);
        return entry is { Reason: "who_writes", DriverId: null } ? null : $"it waits for the reason {entry?.Reason ?? "none"}";
    }

    public static string? DoneTaps(Evidence evidence)
    {
        var (freight, cargo) = (evidence.Freight, evidence.Cargo);
        var (maria, jack, luis) = (freight.Company.Drivers[0], freight.Company.Drivers[1], cargo.Company.Drivers[1]);
        return First(
            StateIs(freight, maria, 0, "done"), StateIs(freight, maria, 1, "done"), StateIs(freight, jack, 0, "done"), StateIs(cargo, luis, 1, "arrived"),
            StatusIs(freight, maria, "delivered"), StatusIs(freight, jack, "loaded"), StatusIs(cargo, luis, "arrived"));
    }

    public static string? DispatchersSaw(Evidence evidence)
    {
        var (notes, freight, cargo) = (evidence.Notes, evidence.Notes.FreightWaited, evidence.Notes.CargoWaited);
        return First(
            Waits(freight, notes.Photo, "attachment"), Waits(freight, notes.Place, "location"), Waits(freight, notes.FreeText, "free_text"),
            Waits(cargo, notes.OtherTapInOnePost, "problem"));
    }

    public static string? Handled(Evidence evidence) => Is(0, evidence.Notes.LeftAfterHandled, "entries left");

    public static string? DispatcherWrote(Evidence evidence)
    {
        var text = evidence.Freight.Messages.Single(m => m.Id == evidence.Notes.TextToDriver);
        var note = evidence.Cargo.Messages.Single(m => m.Id == evidence.Notes.NoteToDriver);
        return First(
            text is { Kind: "text", IsTaken: true } ? null : $"inside the window: a {text.Kind}, {text.Status}",
            note is { Kind: "template", IsTaken: true } ? null : $"outside the window: a {note.Kind}, {note.Status}",
            evidence.Journals.Taken.Any(t => t.Wamid == text.WhatsappMessageId && t.Type == "text") ? null : "WhatsApp got no text",
            evidence.Journals.Taken.Any(t => t.Wamid == note.WhatsappMessageId && t.Type == "template") ? null : "WhatsApp got no template");
    }

    public static string? Stranger(Evidence evidence)
    {
        var answers = evidence.Journals.Taken.Where(t => t.To == Cast.Stranger).ToList();
        string[] fleet = [.. evidence.Companies.SelectMany(c => c.Company.All).SelectMany(d => d.Trip.Stops.Select(s => s.Name).Append(d.Name).Append(d.Trip.Name))];
        return First([
            Is(1, answers.Count, "answers"),
            .. answers.Select(a => fleet.Any(word => a.Text.Contains(word, StringComparison.Ordinal)) ? "the answer tells of the fleet" : null),
            evidence.Notes.FreightWaited.Any(e => e.Reason == "unknown_sender") ? null : "no dispatcher was told",
        ]);
    }

    public static string? AfterStop(Evidence evidence)
    {
        var (company, ana) = (evidence.Cargo, evidence.Cargo.Company.Drivers[2]);
        var after = evidence.TakenFrom(company).Where(t => t.To == ana.Phone && t.Seq > evidence.Journals.Sent[evidence.Notes.Stop]).ToList();
        return First(
            after is [{ Type: "text" } only] && only.Text.Contains("START", StringComparison.Ordinal) ? null : $"{after.Count} messages after the STOP instead of its confirmation",
            Is(1, TakenAbout(evidence, company, ana, 0), "messages before the STOP"),
            StateIs(company, ana, 1, "arrived"),
            company.Conversations.Any(c => c.WhatsappNumber == $"+{ana.Phone}" && c.StoppedAt is not null) ? null : "the conversation does not show the STOP");
    }

    public static string? Languages(Evidence evidence) => First(
        from company in evidence.Companies
        from taken in evidence.TakenFrom(company)
        where taken.Template is not null
        let drivers = company.Company.Everybody.Where(d => d.Phone == taken.To && taken.Text.Contains(d.Name, StringComparison.Ordinal)).ToList()
        select drivers is [var driver] && taken.Language?.StartsWith(driver.Language, StringComparison.Ordinal) == true ? null : $"'{taken.Text}' went out in {taken.Language}");

    private static string? StateIs(CompanyEvidence company, Driver driver, int stop, string expected)
        => company.StateOf(driver, stop) is var state && state == expected ? null : $"{driver.Trip.Stops[stop].Name} is {state ?? "missing"}, not {expected}";

    private static string? StatusIs(CompanyEvidence company, Driver driver, string expected)
        => company.TripOf(driver)?.Status is var status && status == expected ? null : $"{driver.Trip.Name} is {status ?? "missing"}, not {expected}";

    private static string? Waits(IReadOnlyList<ApiEntry> waited, string? wamid, string reason)
        => waited.SingleOrDefault(e => e.Message.WhatsappMessageId == wamid)?.Reason is var found && found == reason ? null : $"a message waits for the reason {found ?? "none"}, not {reason}";
}
