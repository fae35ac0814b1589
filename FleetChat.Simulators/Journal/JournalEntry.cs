using System.Text.Json;

namespace FleetChat.Simulators.Journal;

/// <summary>One thing that a simulator accepted or sent.</summary>
/// <param name="Seq">Grows by one in the whole file, over both simulators and over restarts.</param>
/// <param name="At">Business time.</param>
/// <param name="RealAt">Time of the machine: what retries and delays run on.</param>
/// <param name="Kind">Such as <c>webhook.attempt</c>; docs/simulators.md lists them with the members of <paramref name="Data"/>.</param>
public sealed record JournalEntry(long Seq, DateTimeOffset At, DateTimeOffset RealAt, string Simulator, string Kind, JsonElement Data);
