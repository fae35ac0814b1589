using FleetChat.Core.Messaging;
using FleetChat.LocalHost.Hosting;
using static FleetChat.LocalHost.Demo.Deliveries;

namespace FleetChat.LocalHost.Demo;

/// <summary>Expectations: how companies came in over HTTP, from their registration to a delivered message.</summary>
internal static class Onboardings
{
    /// <summary>That Meta's word on templates raises.</summary>
    public static readonly string[] ExpectedAlerts = ["template.rejected", "template.recategorised"];

    private const string Templates = "templates";
    private const string DisplayName = "display_name";

    public static string? FirstMessage(Evidence evidence)
    {
        var company = evidence.Haulage!;
        // That its first stop comes up she may hear before.
        var first = evidence.TakenFrom(company).Where(t => t.Template == TemplateSet.StopArrived).MinBy(t => t.Seq);
        return First([
            .. evidence.Companies.Select(c => c.Onboarding is { State: "done", ForPeople: [] } ? null : $"{c.Company.Name} is {c.Onboarding?.State}: {c.Onboarding}"),
            .. evidence.Companies.Select(c => Is(1, evidence.Journals.Calls.Count(call => IsWebhookOf(c, call)), $"webhooks made in Samsara for {c.Company.Name}")),
            first?.To == company.Company.Get(Cast.Bess).Phone ? null : $"the first arrival that was told is '{first?.Text}'",
            company.Messages.Any(m => m.WhatsappMessageId == first?.Wamid && m.Status is "delivered" or "read") ? null : "it was not delivered",
        ]);
    }

    /// <summary>How long it took on the wall is told as it happens: on a busy machine it takes longer.</summary>
    public static string? Delivered(Evidence evidence) => evidence.BroughtInWithin is null ? "no message was delivered" : null;

    /// <summary>Meta's review and a missing token are told apart from what is done, and nobody began before.</summary>
    public static string? Waited(Evidence evidence)
    {
        var seen = evidence.Haulage!.OnboardingSeen;
        return First(
            seen[0] is { ForPeople: [_] } before && before.Step("samsara").Code == "onboarding.samsara_token_missing" ? null : $"at first it was {seen[0]}",
            seen.Any(view => !view.HasBegun && view.Step("samsara").State == "done" && view.Step(Templates) is { WaitsFor: "meta", Code: "onboarding.templates_pending" }) ? null : "it did not wait for Meta",
            seen.Any(view => view.HasBegun && view.Step(Templates).State != "done") ? "it began before Meta had decided" : null,
            seen[^1] is { HasBegun: true, ForPeople: [] } ? null : $"in the end it was {seen[^1]}");
    }

    public static string? Decided(Evidence evidence)
    {
        var company = evidence.Haulage!;
        var submitted = evidence.Journals.GraphCalls.Where(c => c is { Method: "POST", Status: 200 } && c.Path.EndsWith($"/{company.Company.WabaId}/message_templates", StringComparison.Ordinal))
            .Select(c => (c.Body!.Value.GetProperty("name").GetString(), c.Body!.Value.GetProperty("language").GetString())).ToList();
        return First([
            Is(company.Templates.Count, submitted.Distinct().Count(), "templates submitted"),
            Is(submitted.Count, submitted.Distinct().Count(), "of them different"),
            .. company.Templates.Select(t => Standing(t.Template) == (t.Status, t.Category, t.IsLive) ? null : $"{t.Template} in {t.Language} is {t.Status}, {t.Category}"),
            .. ExpectedAlerts.Select(code => company.Alerts.Any(a => a.Code == code) ? null : $"nobody was told: {code}"),
            evidence.TakenFrom(company).Any(t => t.Template is Cast.RejectedTemplate or Cast.RecategorisedTemplate) ? "it was used" : null,
        ]);
    }

    /// <summary>An approved name counts once the number is registered again.</summary>
    public static string? Named(Evidence evidence)
    {
        var company = evidence.Haulage!;
        return First(
            company.OnboardingSeen.Any(view => view.HasBegun && view.Step(DisplayName) is { WaitsFor: "meta", Code: "onboarding.name_pending" }) ? null : "it did not begin while Meta looked at its name",
            company.Onboarding!.Step(DisplayName).State == "done" ? null : "its name was never noted",
            Is(2, evidence.Journals.GraphCalls.Count(c => c is { Method: "POST", Status: 200 } && c.Path.EndsWith($"/{company.Company.NumberId}/register", StringComparison.Ordinal)), "registrations of its number"));
    }

    private static (string Status, string Category, bool IsLive) Standing(string template) => template switch
    {
        Cast.RejectedTemplate => ("REJECTED", "UTILITY", false),
        Cast.RecategorisedTemplate => ("APPROVED", "MARKETING", false),
        _ => ("APPROVED", "UTILITY", true),
    };

    private static bool IsWebhookOf(CompanyEvidence company, SamsaraCall call) => call is { Method: "POST", Path: "/webhooks", Status: 200, Body: { } body } && call.OrgId == company.Company.OrgId
        && body.GetProperty("url").GetString()!.EndsWith($"/{company.Company.Tenant}", StringComparison.Ordinal);
}
