using System.Text.Json;
using FleetChat.Simulators.Journal;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands.Sim;

/// <summary>The end of the journal, and what comes to it.</summary>
internal static class SimJournal
{
    private const int LongestFacts = 400;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);
    private static readonly JsonSerializerOptions OneLine = new(Output.Json) { WriteIndented = false };

    public static async Task RunAsync(FoundSimulators found, SimOptions options, IAnsiConsole console, CancellationToken ct)
    {
        var (samsara, whatsApp) = (0L, 0L);
        for (var isFirst = true; ; isFirst = false)
        {
            var ofSamsara = found.Samsara is { } one ? await one.JournalAsync(samsara, ct) : [];
            var ofWhatsApp = found.WhatsApp is { } other ? await other.JournalAsync(whatsApp, ct) : [];
            (samsara, whatsApp) = (Behind(ofSamsara, samsara), Behind(ofWhatsApp, whatsApp));
            var entries = ofSamsara.Concat(ofWhatsApp).Where(entry => options.Kind is not { } kind || entry.Kind.StartsWith(kind, StringComparison.Ordinal)).OrderBy(entry => entry.RealAt).ToList();
            foreach (var entry in isFirst ? entries.TakeLast(options.Last) : entries)
            {
                if (options.Json) Console.WriteLine(JsonSerializer.Serialize(entry, OneLine));
                // An entry is a line, however narrow the terminal: for grep.
                else console.Profile.Out.Writer.WriteLine(Text(entry));
            }
            if (!options.Follow) return;
            await Task.Delay(Glance, ct);
        }
    }

    private static long Behind(IReadOnlyList<JournalEntry> entries, long last) => entries.Count == 0 ? last : entries[^1].Seq;

    private static string Text(JournalEntry entry)
    {
        var facts = string.Join(' ', entry.Data.EnumerateObject()
            .Where(fact => fact.Name is not ("body" or "body_sha256") && fact.Value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object))
            .Select(fact => $"{fact.Name}={fact.Value}"));
        return $"{Ages.Moment(entry.At)} {entry.Simulator,-8} {entry.Kind,-18} {(facts.Length > LongestFacts ? facts[..LongestFacts] + "…" : facts)}".ReplaceLineEndings(" ");
    }
}
