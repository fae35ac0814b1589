using FleetChat.LocalRuntime;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

/// <summary>An orchestration for reading. Times are business time.</summary>
internal static class Timeline
{
    private const int LongestText = 100;

    private static readonly Dictionary<string, string> s_words = new()
    {
        ["started"] = "started",
        ["activity_scheduled"] = "asked for activity",
        ["activity_completed"] = "activity done",
        ["activity_failed"] = "activity failed",
        ["child_scheduled"] = "started child",
        ["child_completed"] = "child done",
        ["child_failed"] = "child failed",
        ["timer_created"] = "set a timer",
        ["timer_fired"] = "timer fired",
        ["event_sent"] = "sent an event to",
        ["event_raised"] = "got event",
        ["continued"] = "continued as new",
    };

    public static void Show(InstanceDetail instance, DateTimeOffset now, IAnsiConsole console)
    {
        Output.Widen(console);
        ShowHead(instance, now, console);
        if (instance.Failure is { } failure) console.MarkupLine($"[red]Failed:[/] {Markup.Escape(Reason(failure))}");
        ShowWaits(instance, now, console);
        ShowHistory(instance, console);
    }

    private static void ShowHead(InstanceDetail instance, DateTimeOffset now, IAnsiConsole console)
    {
        var summary = instance.Summary;
        var end = summary.EndedAt is { } ended ? $"ended {Ages.Moment(ended)} after {Ages.Text(ended - summary.CreatedAt)}" : $"for {Ages.Text(now - summary.CreatedAt)}";
        console.MarkupLine($"[bold]{Markup.Escape(summary.Id)}[/]  {Markup.Escape(InstancesCommand.NameOf(summary))}  {InstancesCommand.StatusMarkup(summary.Status)}");
        console.WriteLine($"started {Ages.Moment(summary.CreatedAt)}, {end}; last change {Ages.Moment(summary.UpdatedAt)}{(instance.Generation > 1 ? $"; generation {instance.Generation}" : "")}");
        if (summary.ParentId is { } parent) console.WriteLine($"child of {parent}");
        if (instance.Host is { } host) console.WriteLine($"held by host {host}{(instance.HostIsDead ? ", which is dead: another takes it over" : "")}");
        foreach (var (name, text) in new[] { ("input", instance.Input), ("output", instance.Output), ("custom status", instance.CustomStatus) })
            if (text is not null) console.WriteLine($"{name}: {Shortened(text)}");
    }

    private static void ShowWaits(InstanceDetail instance, DateTimeOffset now, IAnsiConsole console)
    {
        if (instance.Summary.EndedAt is not null) return;
        if (instance.Waits.Count == 0)
        {
            console.WriteLine("Waits for nothing that is on its way, and for no event: what it waited for was lost.");
            return;
        }
        var table = Output.Table("Waits for", "", "Since", "Due", "State");
        foreach (var wait in instance.Waits)
        {
            table.AddRow(
                wait.Kind, Markup.Escape(wait.Name), wait.Since is { } since ? $"{Ages.Moment(since)} ({Ages.Text(now - since)})" : "",
                wait.Due is { } due ? $"{Ages.Moment(due)} ({(due > now ? $"in {Ages.Text(due - now)}" : $"overdue by {Ages.Text(now - due)}")})" : "", Markup.Escape(wait.State));
        }
        Output.Write(console, table);
    }

    private static void ShowHistory(InstanceDetail instance, IAnsiConsole console)
    {
        if (instance.History.Count == 0) return;
        var table = Output.Table("Time", "Turn", "What", "", "Took", "");
        foreach (var entry in instance.History.Where(entry => entry.Kind != "turn_started"))
        {
            var failed = entry.Failure is not null;
            table.AddRow(
                entry.Time is { } time ? Ages.Moment(time) : "", $"{entry.Turn}", $"{(failed ? "[red]" : "[default]")}{Markup.Escape(Word(entry.Kind))}[/]",
                Markup.Escape(entry.Name ?? ""), Ages.Text(entry.Duration), Markup.Escape(Detail(entry)));
        }
        Output.Write(console, table);
    }

    /// <summary>A kind that came later is told as it is stored.</summary>
    private static string Word(string kind) => s_words.GetValueOrDefault(kind, kind.Replace('_', ' '));

    private static string Detail(TimelineEvent entry)
        => entry.Failure is { } failure ? Shortened(Reason(failure)) : entry.Due is { } due ? $"due {Ages.Moment(due)}" : Shortened(entry.Text ?? "");

    private static string Reason(InstanceFailure failure)
    {
        var own = failure.Type.Length == 0 ? failure.Message : $"{failure.Type}: {failure.Message}";
        return failure.Inner is { } inner ? $"{own} ← {Reason(inner)}" : own;
    }

    private static string Shortened(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= LongestText ? line : $"{line[..LongestText]}… ({line.Length} characters)";
    }
}
