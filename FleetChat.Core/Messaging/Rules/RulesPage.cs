using System.Globalization;
using System.Text;

namespace FleetChat.Core.Messaging.Rules;

/// <summary>The rules as a page for people: docs/rules.md is this text.</summary>
public static class RulesPage
{
    private const string Head = """
        # The rules

        What FleetChat tells whom, by default. Made from [`rules.json`](../FleetChat.Core/Messaging/Rules/rules.json) by
        `dotnet run --project FleetChat.LocalHost -- rules`; a test compares the two. A company changes switches, urgency, times and thresholds
        of its own with `PATCH /api/rules/{id}`.

        - *Told to*: where two are on board, what is for the driver goes to the one who is not at the wheel; what is for the co-driver too goes to both.
        - *Settles*: so long nothing may have changed before it is told; edits within it are one message.
        - *Lead*: it is told at the earliest so long ahead.
        - *Quiet hours*: between 21:00 and 6:00 where the driver is it waits, unless what it is about starts within two hours.
        - *Unasked*: counts among what a driver is told in a day without having done anything; after six of them (or as many as the company says: `PATCH /api/tenant`) comes a digest, once an hour.
        - *Urgency*: `urgent` counts against no day's number of messages; `can_wait` is held while the driver drives, and goes out within a minute after he has stopped; where he drives until it is worth nothing any more it is not sent, and the log says so.
        - *In doubt*: where for ten minutes nobody knows whether WhatsApp has a message, because its answer was lost and no report came, `resend` sends it once more, `dispatcher` puts it before a dispatcher at once. So are answers, digests excepted, and what dispatchers write, and whatever stays in doubt after it was sent again. Each is counted.
        - *Supersedes*: a newer one replaces one about the same that still waits to be sent.

        """;

    public static string Write(RuleBook rules)
    {
        var page = new StringBuilder(Head).Append('\n');
        foreach (var rule in rules.All)
        {
            page.Append(CultureInfo.InvariantCulture, $"## {rule.Id}\n\n{rule.Event}.{(rule.Condition.Length > 0 ? $" {rule.Condition}." : "")}\n\n| | |\n|---|---|\n");
            foreach (var (name, value) in Facts(rule)) page.Append(CultureInfo.InvariantCulture, $"| {name} | {value} |\n");
            if (rule.Template.Length > 0) page.Append(CultureInfo.InvariantCulture, $"\n> {Body(rule)}\n");
            page.Append('\n');
        }
        return page.ToString().TrimEnd() + "\n";
    }

    private static IEnumerable<(string Name, string Value)> Facts(MessageRule rule)
    {
        yield return ("by default", rule.IsOn ? "on" : "off");
        yield return ("told to", string.Join(", ", rule.Recipients.Select(r => r.Replace('_', '-'))));
        if (rule.Template.Length > 0) yield return ("template", $"`{rule.Template}`");
        if (rule.Buttons.Count > 0) yield return ("buttons", string.Join(", ", rule.Buttons.Select(b => $"`{b}`")));
        if (rule.UnsureTemplate is { } unsure) yield return ("where nobody knows what the stop is for", $"`{unsure}`: {string.Join(", ", rule.UnsureButtons!.Select(b => $"`{b}`"))}");
        yield return ("urgency", $"`{rule.Urgency}`");
        if (rule.SettleSeconds > 0) yield return ("settles", Text(rule.Settle));
        if (rule.LeadMinutes is not null) yield return ("lead", Text(rule.Lead));
        if (rule.ThresholdMinutes is not null) yield return ("threshold", Text(rule.Threshold));
        if (rule.Template.Length == 0) yield break;
        yield return ("valid until", rule.ValidUntil switch
        {
            "route_end" => "the route's end",
            "stop_arrival" => "the stop is to be reached",
            _ => $"{Text(rule.ValidFor)} after the event",
        });
        yield return ("quiet hours", rule.QuietHours ? "yes" : "no");
        yield return ("unasked", rule.Unasked ? "yes" : "no");
        yield return ("in doubt", $"`{rule.Doubt}`");
        if (rule.Supersedes.Length > 0) yield return ("supersedes", $"what waits about the same {(rule.Supersedes == "eta" ? "ETA" : rule.Supersedes)}");
    }

    private static string Body(MessageRule rule)
    {
        var template = TemplateSet.Get("transport_standard_v2").Get(rule.Template, "en");
        return template.Fill(template.Examples) + string.Concat(template.Buttons.Select(b => $" [{b}]"));
    }

    private static string Text(TimeSpan time) => time switch
    {
        { TotalHours: >= 1, Minutes: 0 } => $"{time.TotalHours:0} h",
        { TotalMinutes: >= 1 } => $"{time.TotalMinutes:0} min",
        _ => $"{time.TotalSeconds:0} s",
    };
}
