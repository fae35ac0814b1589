using System.Text.Json;

namespace FleetChat.Core.Security.Audit;

/// <summary>That a chain had this end at this time. Its code is the entry's own: nobody makes one up without the key.</summary>
/// <param name="At">Real time.</param>
public sealed record Anchor(string Chain, long Seq, byte[] Mac, DateTimeOffset At)
{
    internal string ToLine() => JsonSerializer.Serialize(this, PublicJson.Options) + "\n";

    // The last line of a process that died within it is none.
    internal static IEnumerable<Anchor> ReadLines(string text)
        => text.Split('\n')[..^1].Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<Anchor>(line, PublicJson.Options)!);
}

/// <summary>Where ends of chains are noted, outside the database: what was appended is never changed. Each process has a file of its own for each day.</summary>
public interface IAnchorStore
{
    /// <param name="file">Letters, digits and '-'.</param>
    Task AppendAsync(string file, IReadOnlyList<Anchor> anchors, CancellationToken ct);

    IAsyncEnumerable<Anchor> ReadAsync(CancellationToken ct);
}
