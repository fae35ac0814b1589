using System.Security.Cryptography;
using System.Text;

namespace FleetChat.Core.Security.Audit;

/// <summary>The end of a chain.</summary>
public sealed record ChainHead(long Seq, byte[] Mac)
{
    public static readonly ChainHead None = new(0, new byte[SHA256.HashSizeInBytes]);
}

/// <summary>How entries hang together: each one's code covers its chain's name, its number, all that it says, and the code before it.</summary>
internal static class AuditChain
{
    /// <summary>The chain of what concerns no tenant. No tenant has such an id.</summary>
    public const string Platform = "-platform-";

    /// <summary>The first entry of a chain before which there were entries already.</summary>
    public const string Begins = "audit.chain_begins";

    /// <summary>The database was put back to an earlier moment. The numbers that anchors have seen and that it lost are not given again: this entry stands right behind them.</summary>
    public const string Restored = "audit.restored";

    /// <summary>Where a chain goes on of which the database lost entries.</summary>
    /// <param name="anchored">The last number that an anchor has seen; 0: none.</param>
    public static ChainHead Behind(ChainHead head, long anchored) => anchored > head.Seq ? head with { Seq = anchored } : head;

    private const string LostChains = "lost:";

    /// <param name="chains">Of which nothing is left: their companies were brought in after that moment.</param>
    public static string RestoredDetail(DateTimeOffset restoredTo, IReadOnlyCollection<string> chains)
        => $"restored_to:{restoredTo.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}{(chains.Count == 0 ? "" : $" {LostChains}{string.Join(',', chains)}")}";

    /// <summary>What <see cref="RestoredDetail"/> says of chains that are lost as a whole.</summary>
    public static IReadOnlyList<string> LostChainsIn(string detail)
        => detail.Split(' ').FirstOrDefault(part => part.StartsWith(LostChains, StringComparison.Ordinal)) is { } lost ? lost[LostChains.Length..].Split(',') : [];

    public static byte[] Mac(byte[] key, string chain, long seq, AuditEntry entry, byte[] before)
        => HMACSHA256.HashData(key, Bytes(chain, seq, entry, before));

    /// <summary>Entries in their order, ready to be written, and the chain's end after them.</summary>
    public static (IReadOnlyList<ChainedEntry> Entries, ChainHead Head) Continue(byte[] key, string chain, ChainHead head, IEnumerable<AuditEntry> entries)
    {
        List<ChainedEntry> chained = [];
        foreach (var entry in entries)
        {
            var seq = head.Seq + 1;
            head = new(seq, Mac(key, chain, seq, entry, head.Mac));
            chained.Add(new(entry, seq, head.Mac));
        }
        return (chained, head);
    }

    /// <summary>Vouches for the entries from before there was a chain.</summary>
    public static AuditEntry First(string chain, DateTimeOffset at, IReadOnlyCollection<AuditEntry> unchained)
    {
        var detail = DetailOf(chain, unchained);
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(detail)).AsSpan(0, 16));
        return new(id, at, "system", Begins, chain, detail);
    }

    public static string DetailOf(string chain, IReadOnlyCollection<AuditEntry> unchained)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var entry in unchained) hash.AppendData(SHA256.HashData(Bytes(chain, seq: 0, entry, [])));
        return $"entries:{unchained.Count} sha256:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }

    // With lengths before the texts: no two entries have the same bytes.
    private static byte[] Bytes(string chain, long seq, AuditEntry entry, byte[] before)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(chain);
        writer.Write(seq);
        writer.Write(entry.Id.ToByteArray(bigEndian: true));
        writer.Write(entry.At.UtcTicks);
        foreach (var text in new[] { entry.Actor, entry.Action, entry.Subject, entry.Detail, entry.Change, entry.Address, entry.Correlation })
        {
            writer.Write(text is not null);
            if (text is not null) writer.Write(text);
        }
        writer.Write(before);
        writer.Flush();
        return bytes.ToArray();
    }
}
