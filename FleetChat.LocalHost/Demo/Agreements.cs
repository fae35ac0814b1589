using System.Net;
using System.Security.Cryptography;
using System.Text;
using FleetChat.Core.Messaging;
using FleetChat.LocalHost.Hosting;
using static FleetChat.LocalHost.Demo.Deliveries;

namespace FleetChat.LocalHost.Demo;

/// <summary>Expectations: who agreed to be written to, how each came to it or ended it, and what proves it.</summary>
internal static class Agreements
{
    private static readonly TimeSpan WindowLength = TimeSpan.FromHours(24);

    /// <summary>What is due is done by the next sweep.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan[] s_reminders = [TimeSpan.FromHours(24), TimeSpan.FromHours(72)];
    private static readonly string[] s_asked = [Cast.Yves, Cast.Nell, Cast.Stan, Cast.Ines];

    public static string? Begun(Evidence evidence)
    {
        var (company, wade, invitation) = (evidence.Haulage!, evidence.Haulage!.Company.Get(Cast.Wade), evidence.Notes.Invitations[Cast.Wade]);
        return First(
            States(evidence, Cast.Wade, "invited", "granted"),
            evidence.Consents[Cast.Wade].History[^1] is { Method: "code", By: "driver", MessageId: not null } ? null : "his START is not what he began by",
            invitation.Link.AbsoluteUri == $"https://wa.me/{company.Company.Phone}?text=START%20{invitation.Code}" ? null : $"the link is {invitation.Link}",
            Convert.FromBase64String(invitation.QrPng) is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] ? null : "the QR code is no picture",
            invitation.Text.ContainsKey(wade.Language) ? null : "nothing is there to be shown to him",
            Is(1, TakenAbout(evidence, company, wade, 0), "messages about his first stop"));
    }

    public static string? Tied(Evidence evidence)
    {
        var (company, zoe) = (evidence.Haulage!, evidence.Haulage!.Company.Get(Cast.Zoe));
        return First(
            // Another phone begins anew, and the code is what is said on it.
            States(evidence, Cast.Zoe, "invited", "unknown", "granted"),
            evidence.Consents[Cast.Zoe].History is [_, { Method: "phone_changed" }, { Method: "code" }] ? null : "it is not her code that tied the chat",
            company.Drivers.Single(d => d.SamsaraDriverId == zoe.Id).WhatsappNumber is { } number ? $"she has the number {number}" : null,
            evidence.TakenFor(company, zoe).All(t => t.WaId == zoe.Phone) ? null : "she was not written to",
            Is(1, TakenAbout(evidence, company, zoe, 0), "messages about her first stop"));
    }

    public static string? CodeUsed(Evidence evidence) => First(Refused(evidence, evidence.Haulage!, Cast.Finder, evidence.Notes.UsedCode, "consent_code_used"), States(evidence, Cast.Wade, "invited", "granted"));

    public static string? CodeOfAnother(Evidence evidence)
    {
        var zoe = evidence.Haulage!.Company.Get(Cast.Zoe);
        return First(
            Refused(evidence, evidence.Freight, zoe.Phone, evidence.Notes.CodeInWrongChat, "consent_code"),
            evidence.Notes.ZoeAfterWrongChat == "invited" ? null : $"she was {evidence.Notes.ZoeAfterWrongChat} after it",
            evidence.Freight.Drivers.Any(d => d.SamsaraDriverId == zoe.Id || d.Name == zoe.Name) ? "the other company has her" : null);
    }

    public static string? Asked(Evidence evidence)
    {
        var (company, yves) = (evidence.Haulage!, evidence.Haulage!.Company.Get(Cast.Yves));
        return First([
            .. s_asked.Select(name => Questions(evidence, name) is [{ Type: "template" } first, ..] && first.At - evidence.Notes.Asked < Tolerance ? null : $"{name} was not asked by a template"),
            .. s_asked.Select(name => evidence.Consents[name].History[0] is { Method: "paper", EvidenceHash: not null } ? null : $"nothing is on file of {name}"),
            States(evidence, Cast.Yves, "unknown", "asked", "granted"),
            evidence.Consents[Cast.Yves].History[^1] is { Method: "tap", Language: "fr", QuestionId: not null } ? null : "his yes is not to the question",
            Is(1, Questions(evidence, Cast.Yves).Count, "questions to Yves"),
            Is(1, TakenAbout(evidence, company, yves, 0), "messages about his first stop"),
        ]);
    }

    public static string? No(Evidence evidence) => First(
        States(evidence, Cast.Nell, "unknown", "asked", "declined"),
        Is(1, Questions(evidence, Cast.Nell).Count, "questions to Nell"),
        Is(2, Taken(evidence, Cast.Nell).Count, "messages to her in a week"));

    /// <summary>But the question, and an answer to what he wrote himself.</summary>
    public static string? NothingBefore(Evidence evidence) => First(evidence.Haulage!.Company.Newcomers.SelectMany(driver =>
    {
        var agreed = evidence.Consents[driver.Name].History.FirstOrDefault(h => h.State == "granted")?.RecordedAt ?? DateTimeOffset.MaxValue;
        var wrote = evidence.Journals.Said.Where(s => s.User == driver.Phone && s.PhoneNumberId == evidence.Haulage!.Company.NumberId).Select(s => (DateTimeOffset?)s.At).Min() ?? DateTimeOffset.MaxValue;
        return Taken(evidence, driver.Name).Where(t => t.At < agreed).Select(t =>
            t.Template == TemplateSet.ConsentQuestion || (t.Template is null && t.At >= wrote) ? null : $"{driver.Name} got '{t.Text}'");
    }));

    public static string? StopInQuestion(Evidence evidence)
    {
        var (stop, start) = (SaidAt(evidence, evidence.Notes.StansStop), SaidAt(evidence, evidence.Notes.StansStart));
        var between = Taken(evidence, Cast.Stan).Where(t => t.At >= stop && t.At < start).ToList();
        return First(
            Is(2, Questions(evidence, Cast.Stan).Count, "questions to Stan"),
            Questions(evidence, Cast.Stan).All(t => t.At < stop) ? null : "Stan was asked after his STOP",
            between is [{ Type: "text" }] ? null : $"{between.Count} messages between STOP and START instead of its confirmation",
            evidence.Consents[Cast.Stan].History.SingleOrDefault(h => h.State == "withdrawn") is { Method: "word", By: "driver" } ? null : "his STOP is not on record");
    }

    public static string? StopWhileWaiting(Evidence evidence)
    {
        var (company, stop) = (evidence.Haulage!, SaidAt(evidence, evidence.Notes.WaltsStop));
        var waited = company.Messages.Where(m => evidence.Notes.WaitedForWalt.Contains(m.Id)).ToList();
        return First([
            Is(3, waited.Count, "messages that waited"),
            .. waited.Select(m => m is { Status: "refused", Attempts: 1 } ? null : $"one that waited is {m.Status} after {m.Attempts} attempts"),
            .. waited.Select(m => company.Explanations[m.Id].Timeline.Where(e => e.What == "tried" && e.MessageId == m.Id).All(e => e.At <= stop) ? null : "one was tried after the STOP"),
            Taken(evidence, Cast.Walt) is [{ Type: "text" }] ? null : $"{Taken(evidence, Cast.Walt).Count} messages to Walt instead of the confirmation",
            States(evidence, Cast.Walt, "granted", "withdrawn"),
        ]);
    }

    public static string? StartAgain(Evidence evidence)
    {
        var (company, stan) = (evidence.Haulage!, evidence.Haulage!.Company.Get(Cast.Stan));
        return First(
            States(evidence, Cast.Stan, "unknown", "asked", "withdrawn", "granted"),
            evidence.Consents[Cast.Stan].History[^1].MessageId == company.Inbound(evidence.Notes.StansStart)?.Id ? null : "it is not his START that it rests on",
            company.Conversations.Any(c => c.WhatsappNumber == $"+{stan.Phone}" && c.StoppedAt is null) ? null : "his chat is still silent",
            Is(1, TakenAbout(evidence, company, stan, 0), "messages about his first stop"));
    }

    public static string? Reminded(Evidence evidence)
    {
        var asked = Questions(evidence, Cast.Ines);
        return First([
            Is(1 + s_reminders.Length, asked.Count, "questions to Inés"),
            .. s_reminders.Select((after, index) => asked[index + 1].At - evidence.Notes.Asked - after is var late && late >= TimeSpan.Zero && late < Tolerance ? null : $"reminder {index + 1} came {late} after its time"),
            .. asked.Select(t => t.Language?.StartsWith("es", StringComparison.Ordinal) == true ? null : $"she was asked in {t.Language}"),
        ]);
    }

    public static string? Expired(Evidence evidence)
    {
        var company = evidence.Haulage!;
        var ines = company.IdOf(company.Company.Get(Cast.Ines));
        return First(
            States(evidence, Cast.Ines, "unknown", "asked", "expired"),
            evidence.Consents[Cast.Ines].History[^1] is { Method: "no_answer", By: "system" } last && last.At - evidence.Notes.Asked - TimeSpan.FromDays(7) is var late && late >= TimeSpan.Zero && late < Tolerance
                ? null : "it did not run out when it had to",
            Is(1, company.Alerts.Count(a => a is { Code: "driver.consent_unanswered", ClosedAt: null } && a.Subject == ines.ToString()), "alerts about her"));
    }

    /// <summary>All companies, the whole day.</summary>
    public static string? Window(Evidence evidence) => First(evidence.Journals.Taken.Where(t => t.Type != "template").Select(taken =>
        evidence.Journals.Said.Any(s => s.User == taken.To && s.PhoneNumberId == taken.PhoneNumberId && s.At <= taken.At && taken.At - s.At <= WindowLength) ? null : $"'{taken.Text}' went out with the window closed"));

    public static string? OneConfirmation(Evidence evidence)
    {
        var confirmed = evidence.Companies.SelectMany(c => c.Messages).Where(m => m is { Reason: "consent_stopped", IsTaken: true }).GroupBy(m => m.ConversationId).ToList();
        return First([Is(3, confirmed.Count, "chats in which a STOP was confirmed"), .. confirmed.Select(chat => Is(1, chat.Count(), "confirmations in one chat"))]);
    }

    public static string? Proved(Evidence evidence) => First(evidence.Consents.Values.SelectMany(c => c.History).Where(IsWord).Select(record =>
        record.Text is null || record.TextVersion is null || record.Language is null ? $"{record.State} has no text"
        : record.TextHash != HashOf(record.Text) || record.Evidence is null || record.EvidenceHash != HashOf(record.Evidence) ? $"a hash of {record.State} is not right"
        : evidence.Haulage!.Messages.SingleOrDefault(m => m.Id == record.MessageId) is { IsOutbound: false, WhatsappMessageId: { } wamid } && record.Evidence.Contains(wamid, StringComparison.Ordinal) ? null
        : $"{record.State} rests on no message of the driver's")
        .Append(Is(7, evidence.Consents.Values.SelectMany(c => c.History).Count(IsWord), "words of drivers")));

    public static string? Printed(Evidence evidence) => First(evidence.Consents.SelectMany(consent => consent.Value.History.Select(record =>
        new[] { consent.Key, record.State, record.Method, record.Text, record.TextVersion, record.TextHash, record.Evidence, record.EvidenceHash, record.MessageId?.ToString(), record.QuestionId?.ToString() }
            .OfType<string>().FirstOrDefault(word => !consent.Value.Page.Contains(WebUtility.HtmlEncode(word), StringComparison.Ordinal)) is { } missing ? $"{consent.Key}'s page lacks '{missing}'" : null)));

    public static string? Appended(Evidence evidence) => First([
        Is(evidence.Haulage!.Company.Newcomers.Count, evidence.Notes.RecordsOfFirstDay.Count, "drivers with records on the first day"),
        .. evidence.Notes.RecordsOfFirstDay.Select(first => evidence.Consents[first.Key].History.Take(first.Value.Count).SequenceEqual(first.Value) ? null : $"{first.Key}'s records are not what they were"),
    ]);

    // That a code tied him to another phone is noted too, and no word of his.
    private static bool IsWord(ApiConsentEntry entry) => entry is { By: "driver", Method: not "phone_changed" };

    /// <summary>One sentence without a word about the fleet, and a dispatcher who looks at it.</summary>
    private static string? Refused(Evidence evidence, CompanyEvidence company, string phone, string wamid, string reason)
    {
        var answers = evidence.TakenFrom(company).Where(t => t.To == phone && t.At >= SaidAt(evidence, wamid)).ToList();
        return First([
            answers is [{ Type: "text" }] ? null : $"{answers.Count} answers",
            .. answers.Select(a => evidence.Haulage!.Company.Everybody.Any(d => a.Text.Contains(d.Name.Split(' ')[0], StringComparison.Ordinal)) ? $"'{a.Text}' tells of the fleet" : null),
            company.Conversations.SelectMany(c => c.Entries).Any(e => e.Reason == reason && e.Message.WhatsappMessageId == wamid) ? null : $"no dispatcher was told: {reason}",
        ]);
    }

    private static string? States(Evidence evidence, string name, params string[] expected)
        => evidence.Consents[name] is var consent && consent.History.Select(h => h.State).SequenceEqual(expected) && consent.Consent.State == expected[^1]
            ? null : $"{name} went through {string.Join(", ", consent.History.Select(h => h.State))} and is {consent.Consent.State}";

    private static IReadOnlyList<TakenMessage> Taken(Evidence evidence, string name) => evidence.TakenFor(evidence.Haulage!, evidence.Haulage!.Company.Get(name));

    private static IReadOnlyList<TakenMessage> Questions(Evidence evidence, string name) => evidence.TakenFor(evidence.Haulage!, evidence.Haulage!.Company.Get(name), TemplateSet.ConsentQuestion);

    private static DateTimeOffset SaidAt(Evidence evidence, string wamid) => evidence.Journals.Said.Single(s => s.Wamid == wamid).At;

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
