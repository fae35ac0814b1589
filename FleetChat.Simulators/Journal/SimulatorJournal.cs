using System.Text.Json.Nodes;

namespace FleetChat.Simulators.Journal;

/// <summary>One simulator's part of a journal file.</summary>
internal sealed class SimulatorJournal(JournalFile file, string simulator, TimeProvider clock)
{
    public void Write(string kind, JsonObject data) => file.Append(simulator, kind, clock.GetUtcNow(), data);

    public IReadOnlyList<JournalEntry> List(long after) => file.List(simulator, after);
}
