using FleetChat.Core.Monitoring.Why;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands.Why;

/// <summary>An explanation for reading. Times are business time.</summary>
internal static class WhyReport
{
    private static readonly Dictionary<string, string> s_words = new()
    {
        [WhyWhat.Received] = "arrived",
        [WhyWhat.CameAgain] = "came again",
        [WhyWhat.Decided] = "decided",
        [WhyWhat.Noted] = "noted",
        [WhyWhat.Watched] = "to be looked at later",
        [WhyWhat.Looked] = "looked at",
        [WhyWhat.NotTold] = "told to nobody",
        [WhyWhat.Made] = "message made",
        [WhyWhat.Held] = "held",
        [WhyWhat.Released] = "held no longer",
        [WhyWhat.Superseded] = "replaced",
        [WhyWhat.Unsent] = "not sent",
        [WhyWhat.Tried] = "sending",
        [WhyWhat.Answered] = "WhatsApp answered",
        [WhyWhat.Reported] = "WhatsApp reported",
        [WhyWhat.Reply] = "driver wrote",
        [WhyWhat.ToDispatcher] = "put before a dispatcher",
        [WhyWhat.Handled] = "dealt with",
        [WhyWhat.WrittenBack] = "written to Samsara",
        [WhyWhat.Call] = "asked outside",
        [WhyWhat.Orchestrated] = "orchestration",
        [WhyWhat.Waiting] = "waits",
    };

    public static void Show(Explanation explanation, IReadOnlyList<WhyText> texts, IAnsiConsole console)
    {
        Output.Widen(console);
        console.WriteLine($"{explanation.About} {explanation.Id} of {explanation.TenantId}: {explanation.Conclusion}");
        foreach (var message in explanation.Messages) ShowMessage(message, texts.FirstOrDefault(text => text.MessageId == message.Id), console);
        var table = Output.Table("Time", "What", "", "About");
        foreach (var entry in explanation.Timeline)
            table.AddRow(Ages.Moment(entry.At), Markup.Escape(Word(entry.What)), Markup.Escape(entry.Detail), Markup.Escape(About(entry)));
        Output.Write(console, table);
    }

    /// <summary>A kind that came later is told as it is stored.</summary>
    internal static string Word(string what) => s_words.GetValueOrDefault(what, what.Replace('_', ' '));

    private static void ShowMessage(ExplainedMessage message, WhyText? text, IAnsiConsole console)
    {
        var way = message.Direction == "inbound" ? "from" : "to";
        var driver = message.DriverId is { } id ? $"driver {id}" : "nobody we know";
        console.WriteLine($"  message {message.Id} {way} {driver}: {message.Kind}, {message.Reason}, {message.Status}{Error(message)}");
        if (text is not null) console.WriteLine($"    {(text.Driver is { } name ? $"{name}: " : "")}{text.Text.ReplaceLineEndings(" ")}");
    }

    private static string Error(ExplainedMessage message) => message.ErrorCode is { } code ? $" ({code}: {message.ErrorText})" : "";

    private static string About(WhyEntry entry) => string.Join(", ", new[]
    {
        entry.EventId is { } row ? $"event {(entry.ExternalId is { Length: > 0 } theirs ? theirs : row)}" : null,
        entry.Reminder,
        entry.MessageId is { } message ? $"message {message}" : null,
        entry.MessageId is null && entry.DriverId is { } driver ? $"driver {driver}" : null,
        entry.MessageId is null && entry.Reminder is null && entry.StopId is { } stop ? $"stop {stop}" : null,
        entry.DueAt is { } due ? $"at {Ages.Moment(due)}" : null,
    }.OfType<string>());
}
