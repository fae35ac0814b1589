using System.Text.Json;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Monitoring;

namespace FleetChat.Core.Samsara;

/// <summary>Inspections with defects, hours of service and other alerts: dispatchers are told, where the company's rules say so.</summary>
public sealed class SafetyHandler : IInboxHandler
{
    public bool Handles(string source, string kind)
        => source == InboxSource.Samsara && kind is SamsaraEvents.DvirSubmitted or SamsaraEvents.AlertIncident or SamsaraEvents.LegacyAlert;

    public Concerns ConcernsOf(InboxRow row) => Concerns.Nobody;

    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        var rules = processing.Settings.Rules;
        var (rule, code, subject) = row.Kind switch
        {
            SamsaraEvents.DvirSubmitted => (rules.DvirDefects, AlertCodes.VehicleDefects, DvirWithDefects(row.Payload)),
            SamsaraEvents.AlertIncident => OfIncident(row.Payload, rules),
            _ => OfLegacyAlert(row.Payload, rules),
        };
        if (subject is null) return "noted: nothing to tell";
        if (!rule.Tells(Recipient.Dispatcher)) return $"noted: rule {rule.Id} is off";
        await Alerts.RaiseAsync(processing.Db, processing.Time, code, Alerts.Warning, subject, ct);
        return $"alert: {code}";
    }

    // An inspection without defects is the rule, and nobody's business.
    private static string? DvirWithDefects(JsonElement payload)
    {
        var dvir = payload.Member("data").Member("dvir");
        var unsafeOrDefect = dvir.Text("safetyStatus") == "unsafe" || IsTrue(dvir, "hasDefects") || IsTrue(dvir, "needsCorrection");
        return unsafeOrDefect ? dvir.Member("vehicle").Id("id") ?? dvir.Id("id") ?? "" : null;
    }

    // Told by the member's name: the description is somebody's own text. One incident comes again when it is resolved.
    private static (MessageRule Rule, string Code, string? Subject) OfIncident(JsonElement payload, RuleBook rules)
    {
        var data = payload.Member("data");
        if (IsTrue(data, "isResolved") && data.Time("resolvedAtTime") is not null && data.Time("updatedAtTime") > data.Time("happenedAtTime")) return (rules.SamsaraAlert, AlertCodes.SamsaraAlert, null);
        foreach (var condition in data.Items("conditions"))
        {
            if (((JsonElement?)condition).Member("details").Member("hosViolation") is { } violation)
                return (rules.HosViolation, AlertCodes.DriverHosViolation, ((JsonElement?)violation).Member("driver").Id("id") ?? "");
        }
        return (rules.SamsaraAlert, AlertCodes.SamsaraAlert, data.Id("configurationId") ?? "");
    }

    private static (MessageRule Rule, string Code, string? Subject) OfLegacyAlert(JsonElement payload, RuleBook rules)
    {
        var alert = payload.Member("event");
        return alert.Text("alertConditionId") switch
        {
            "HosViolation" => (rules.HosViolation, AlertCodes.DriverHosViolation, alert.Member("driver").Id("id") ?? ""),
            "UnsafeDvir" or "SafeDvirWithDefects" => (rules.DvirDefects, AlertCodes.VehicleDefects, alert.Member("dvir").Member("vehicle").Id("id") ?? ""),
            { } condition => (rules.SamsaraAlert, AlertCodes.SamsaraAlert, condition.Length <= 100 ? condition : ""),
            null => (rules.SamsaraAlert, AlertCodes.SamsaraAlert, null),
        };
    }

    private static bool IsTrue(JsonElement? element, string member) => element.Member(member) is { ValueKind: JsonValueKind.True };
}
