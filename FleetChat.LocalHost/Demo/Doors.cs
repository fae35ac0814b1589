using static FleetChat.LocalHost.Demo.Deliveries;

namespace FleetChat.LocalHost.Demo;

/// <summary>Expectations: who may come in, and what belongs to whom.</summary>
internal static class Doors
{
    private const int Forgeries = 2;
    private static readonly string[] s_expectedOfFreight = ["inbox.foreign_org", "inbox.foreign_webhook"];
    private static readonly string[] s_expectedOfCargo = ["credential.foreign_tenant", "driver.no_consent"];

    public static string? WrongSignatures(Evidence evidence)
    {
        var forged = evidence.Journals.Samsara.Where(w => w.Forgery is not null).ToList();
        var written = evidence.Journals.Updates.Where(u => u.Forged).ToList();
        return First([
            Is(Forgeries, forged.Count, "forged Samsara webhooks"),
            Is(1, written.Count, "forged WhatsApp messages"),
            .. forged.Select(w => w.Status == 401 ? null : $"a forged Samsara webhook was answered {w.Status}"),
            .. written.Select(u => u.HttpStatus == 401 ? null : $"a forged WhatsApp message was answered {u.HttpStatus}"),
            .. evidence.Companies.SelectMany(c => c.Events).Select(e =>
                forged.Exists(w => w.EventId == e.ExternalId) || written.Exists(u => e.ExternalId.EndsWith($":{u.Wamid}", StringComparison.Ordinal)) ? $"{e.ExternalId} is listed" : null),
            GhostsSeen(evidence, 1, 2),
        ]);
    }

    public static string? ForeignEvents(Evidence evidence)
    {
        var foreign = evidence.Journals.Samsara.Where(w => w.BodyOrgId is not null || w.BodyWebhookId is not null).ToList();
        return First([
            Is(2, foreign.Count, "foreign events"),
            .. foreign.Select(w => w.Status == 200 ? null : $"a foreign event was answered {w.Status}"),
            .. evidence.Companies.SelectMany(c => c.Events).Select(e => foreign.Exists(w => w.EventId == e.ExternalId) ? $"{e.ExternalId} is listed" : null),
            GhostsSeen(evidence, 3, 4),
            .. s_expectedOfFreight.Select(code => Is(1, evidence.Freight.Alerts.Count(a => a.Code == code), $"alerts {code}")),
        ]);
    }

    public static string? OnePost(Evidence evidence)
    {
        var (mine, other) = (evidence.Notes.TapInOnePost, evidence.Notes.OtherTapInOnePost);
        var posts = evidence.Journals.Updates.GroupBy(u => u.DeliveryId).Where(post => post.Any(u => u.Wamid == mine)).ToList();
        return First(
            posts.Count == 1 && posts[0].Any(u => u.Wamid == other) ? null : "the two answers did not come in one POST",
            evidence.Freight.Inbound(mine) is null ? "the first company has not got its answer" : null,
            evidence.Cargo.Inbound(other) is null ? "the second company has not got its answer" : null,
            evidence.Freight.Inbound(other) is null && evidence.Cargo.Inbound(mine) is null ? null : "a company got the other's answer");
    }

    public static string? NobodysNumber(Evidence evidence)
    {
        var updates = evidence.Journals.Updates.Where(u => u.PhoneNumberId == Cast.NobodysNumberId).ToList();
        return First([
            Is(1, updates.Count, "messages to nobody's number"),
            .. updates.Select(u => u.HttpStatus == 200 ? null : $"answered {u.HttpStatus}"),
            .. evidence.Companies.SelectMany(c => c.Messages).Select(m => updates.Exists(u => u.Wamid == m.WhatsappMessageId) ? "a company has it" : null),
            Is(0, evidence.Journals.Taken.Count(t => t.PhoneNumberId == Cast.NobodysNumberId), "messages sent from it"),
        ]);
    }

    public static string? RowsApart(Evidence evidence) => First(
        from one in evidence.Companies
        from other in evidence.Companies
        where one != other
        select one.Ids.Intersect(other.Ids).ToList() is { Count: > 0 } both ? $"{one.Company.Name} and {other.Company.Name} see {string.Join(", ", both)}" : null);

    public static string? MessagesOfOwnNumber(Evidence evidence)
    {
        var numbers = evidence.Journals.Updates.Where(u => u is { Kind: "message", Wamid: not null }).Select(u => (u.Wamid, u.PhoneNumberId))
            .Concat(evidence.Journals.Taken.Select(t => ((string?)t.Wamid, (string?)t.PhoneNumberId))).Distinct().ToDictionary(n => n.Item1!, n => n.Item2);
        return First(evidence.Companies.SelectMany(company => company.Messages.Where(m => m.WhatsappMessageId is not null).Select(message =>
            numbers.GetValueOrDefault(message.WhatsappMessageId!) == company.Company.NumberId ? null : $"{company.Company.Name} has '{message.Text}', which used another number")));
    }

    public static string? ForeignIds(Evidence evidence) => First(evidence.Notes.ForeignIdsTold);

    public static string? WrongKeys(Evidence evidence) => First(evidence.Notes.NotRefused);

    public static string? OnlyExpectedAlerts(Evidence evidence) => First(evidence.Companies.SelectMany(company => Unexpected(company, Expected(evidence, company))));

    private static string[] Expected(Evidence evidence, CompanyEvidence company)
        => [.. company == evidence.Freight ? s_expectedOfFreight : company == evidence.Cargo ? s_expectedOfCargo : [], .. evidence.Haulage is null ? [] : Rules.ExpectedAlerts(evidence, company)];

    private static IEnumerable<string?> Unexpected(CompanyEvidence company, string[] expected)
        // Nobody takes anything on this day, and it is longer than a company's time for that.
        => company.Alerts.Where(a => !expected.Contains(a.Code) && a.Code != "dispatcher.waiting").Select(a => $"{company.Company.Name} has an alert {a.Code}");

    private static string? GhostsSeen(Evidence evidence, params int[] numbers)
        => First(numbers.Select(Cast.GhostTrip).Select(ghost =>
            evidence.Companies.Any(c => c.Transports.Any(t => t.SamsaraRouteId == ghost.RouteId)) ? $"there is a transport {ghost.Name}"
            : evidence.Journals.Taken.Any(t => t.Text.Contains(ghost.Stops[0].Name, StringComparison.Ordinal)) ? $"somebody was told of {ghost.Name}"
            : null));
}
