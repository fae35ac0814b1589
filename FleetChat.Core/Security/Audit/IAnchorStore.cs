using System.Text.Json;

namespace FleetChat.Core.Security.Audit;

/// <summary>That a chain had this end at this time. Its code is the entry's own: nobody makes one up without the key.</summary>
/// <param name="At">Real time.</param>
public sealed record Anchor(string Chain, long Seq, byte[] Mac, DateTimeOffset At)
{
    internal string ToLine() => JsonSerializer.Serialize(this, PublicJson.Options) + "\n";

    internal static IEnumerable<AnchorLine> ReadLines(string file, string text)
        => text.Split('\n').Select((line, at) => (Text: line, Number: at + 1)).Where(line => line.Text.Length > 0).Select(line => new AnchorLine(file, line.Number, TryRead(line.Text)));

    private static Anchor? TryRead(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Anchor>(line, PublicJson.Options) is { Chain: not null, Mac: not null } anchor ? anchor : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="Anchor">Null: the line is torn, as that of a process that died within it. It vouches for nothing.</param>
public sealed record AnchorLine(string File, int Number, Anchor? Anchor);

/// <summary>Where ends of chains are noted, outside the database: what was appended is never changed. Each process has a file of its own for each day.</summary>
public interface IAnchorStore
{
    /// <summary>On a line of its own, whatever was left behind before it.</summary>
    /// <param name="file">Letters, digits and '-'.</param>
    Task AppendAsync(string file, IReadOnlyList<Anchor> anchors, CancellationToken ct);

    IAsyncEnumerable<AnchorLine> ReadAsync(CancellationToken ct);
}
