using System.Globalization;
using System.Text;
using FleetChat.Core.Transports;

namespace FleetChat.Core.Messaging.Answers;

/// <summary>
/// A template's parameters hold no line break and little text. Who taps under one that was cut gets the whole of it: his tap opens
/// WhatsApp's window, in which a text may be long.
/// </summary>
internal static class FullNotes
{
    public const string Reason = "full_note";

    /// <summary>WhatsApp's limit of a text is 4,096 characters.</summary>
    private const int Longest = 4000;

    /// <summary>Once for each message of ours, whatever is tapped under it and how often.</summary>
    public static async Task SendAsync(Step step, CancellationToken ct)
    {
        var (processing, answer) = (step.Processing, step.Answer);
        if (answer.Answered is not { } answered) return;
        var content = await AnswerSql.FindContentAsync(processing.Db, processing.Key, answered.Id, ct);
        if (content?.Parameters?.Any(IsCut) is not true || await RoutePlans.LockAsync(processing.Db, processing.Key, step.Transport.Id, ct) is not { } plan) return;
        var zone = plan.Zone ?? processing.Settings.TimeZone;
        await Replies.SendAsync(processing, answer, new(Write(plan, answered.Stop, step.Language, zone)), MessageKind.Text, Reason, $"full_note:{answered.Id:N}", step.Transport.Id, answered.Stop, ct);
    }

    /// <param name="stop">Null: the whole route, as far as it lies ahead.</param>
    internal static string Write(PlannedTransport plan, Guid? stop, string language, TimeZoneInfo zone)
    {
        var text = new StringBuilder();
        if (stop is null)
        {
            text.Append(plan.LoadReference is { } load ? $"{plan.Name} ({load})" : plan.Name).Append('\n');
            Append(text, plan.Notes);
        }
        foreach (var (one, number) in plan.Stops.Select((s, index) => (s, index + 1)).Where(s => stop is null ? s.s.State is StopState.Scheduled or StopState.EnRoute : s.s.Id == stop))
        {
            if (text.Length > 0) text.Append('\n');
            text.Append(CultureInfo.InvariantCulture, $"{number}. {one.Name}\n");
            if (one.ScheduledAt is not null) Append(text, RouteText.Window(one, zone, language));
            Append(text, one.Address);
            Append(text, RouteText.MapLink(one));
            Append(text, one.Notes);
        }
        return TemplateParameter.Cut(text.ToString().TrimEnd(), Longest);
    }

    private static bool IsCut(string parameter) => parameter.Contains('…');

    private static void Append(StringBuilder text, string? line)
    {
        if (!string.IsNullOrWhiteSpace(line)) text.Append(line.Trim()).Append('\n');
    }
}
