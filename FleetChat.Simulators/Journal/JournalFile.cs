using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Journal;

/// <summary>An append-only file of JSON lines, one per entry, flushed before the entry counts; without a path the entries live in memory alone.</summary>
internal sealed class JournalFile : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<JournalEntry> entries = [];
    private readonly FileStream? file;

    public JournalFile(string? path)
    {
        if (path is null)
            return;
        file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        ReadFormerLife(file);
    }

    public void Append(string simulator, string kind, DateTimeOffset businessNow, JsonObject data)
    {
        lock (gate)
        {
            // Real time is meant: it orders the entries of one run whatever the business clock does.
            var entry = new JournalEntry(entries.Count + 1, businessNow, TimeProvider.System.GetUtcNow(), simulator, kind, JsonSerializer.SerializeToElement(data, SimulatorJson.Control));
            if (file is not null)
            {
                file.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(entry, SimulatorJson.Control) + "\n"));
                file.Flush(flushToDisk: false);
            }
            entries.Add(entry);
        }
    }

    public IReadOnlyList<JournalEntry> List(string simulator, long after)
    {
        lock (gate)
            return [.. entries.Skip((int)Math.Clamp(after, 0, entries.Count)).Where(entry => entry.Simulator == simulator)];
    }

    public void Dispose() => file?.Dispose();

    // A killed process may have left half a line: it is cut off, its entry was never reported to anybody.
    private void ReadFormerLife(FileStream stream)
    {
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        var text = buffer.ToArray();
        var whole = Array.LastIndexOf(text, (byte)'\n') + 1;
        foreach (var line in Encoding.UTF8.GetString(text, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            entries.Add(JsonSerializer.Deserialize<JournalEntry>(line, SimulatorJson.Control) ?? throw new InvalidDataException($"{stream.Name} is not a journal"));
        stream.SetLength(whole);
        stream.Position = whole;
    }
}
