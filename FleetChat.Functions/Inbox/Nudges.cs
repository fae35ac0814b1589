using FleetChat.Core.Inbox;

namespace FleetChat.Functions.Inbox;

internal static class Nudges
{
    /// <summary>As a queue output takes them: always an array of strings, because the host rewrites a single JSON string.</summary>
    public static string[] ToMessages(this IEnumerable<Nudge> nudges) => [.. nudges.Distinct().Select(n => n.ToJson())];
}
