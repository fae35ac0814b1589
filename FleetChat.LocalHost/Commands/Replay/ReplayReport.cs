using FleetChat.Core.Inbox.Replay;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands.Replay;

/// <summary>Parked work for reading.</summary>
internal static class ReplayReport
{
    public static void List(IReadOnlyList<ParkedItem> items, bool json, IAnsiConsole console)
    {
        if (json)
        {
            Output.WriteJson(console, items);
            return;
        }
        if (items.Count == 0)
        {
            console.WriteLine("Nothing is parked.");
            return;
        }
        var table = Output.Table("Company", "Item", "What", "Attempts", "Since", "Why");
        foreach (var item in items)
            table.AddRow(item.TenantId.Value, Markup.Escape(item.Ref), Markup.Escape(item.Kind), $"{item.Attempts}", Ages.Moment(item.Since), Markup.Escape(item.Reason));
        Output.Write(console, table);
        console.WriteLine($"{items.Count} parked. 'replay --dry-run' says what they would lead to, 'replay --tenant T --event ITEM' or '--all' gives them back."
            + (items.Any(item => !item.CanReplay) ? " What was set aside, or is for a webhook endpoint that is off, can't be given back." : ""));
    }

    /// <returns>Whether none would fail again.</returns>
    public static bool Tried(IReadOnlyList<(ParkedItem Item, DryRun? Run)> tried, bool json, IAnsiConsole console)
    {
        if (json) Output.WriteJson(console, tried.Select(t => new { t.Item.TenantId, t.Item.Ref, t.Item.Kind, Outcome = t.Run?.Outcome ?? "not parked any more", t.Run?.Fails, Messages = t.Run?.Messages ?? [], Calls = t.Run?.Calls ?? [] }));
        else Show(tried, console);
        return tried.All(t => t.Run is not { Fails: true });
    }

    private static void Show(IReadOnlyList<(ParkedItem Item, DryRun? Run)> tried, IAnsiConsole console)
    {
        Output.Widen(console);
        foreach (var (item, run) in tried)
        {
            console.WriteLine($"{item.TenantId} {item.Ref} {item.Kind}: {run?.Outcome ?? "not parked any more"}");
            foreach (var message in run?.Messages ?? []) console.WriteLine($"    message {message.Reason} ({message.Kind}){(message.DriverId is { } driver ? $" to driver {driver}" : "")}");
            foreach (var call in run?.Calls ?? []) console.WriteLine($"    call {call}");
        }
        console.WriteLine($"{tried.Count} tried, nothing was changed.");
    }

    /// <returns>Whether all were given back.</returns>
    public static bool Given(IReadOnlyList<ParkedItem> wanted, IReadOnlyList<ParkedItem> given, bool json, IAnsiConsole console)
    {
        var left = wanted.Except(given).ToList();
        if (json)
        {
            Output.WriteJson(console, new { Given = given, Left = left });
            return left.Count == 0;
        }
        Output.Widen(console);
        foreach (var item in given) console.WriteLine($"{item.TenantId} {item.Ref} {item.Kind}: given back");
        foreach (var item in left) console.WriteLine($"{item.TenantId} {item.Ref} {item.Kind}: {(item.CanReplay ? "at work already" : "can't be given back")}");
        console.WriteLine($"{given.Count} given back; a running host begins within seconds. 'tail' shows what comes of it.");
        return left.Count == 0;
    }
}
