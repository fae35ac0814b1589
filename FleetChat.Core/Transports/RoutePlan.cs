using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FleetChat.Core.Transports;

/// <summary>What a driver is told of a transport: its stops in their order, and their times.</summary>
public sealed record RoutePlan(DateTimeOffset? StartsAt, IReadOnlyList<PlannedStop> Stops)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    public static RoutePlan Of(byte[] bytes) => JsonSerializer.Deserialize<RoutePlan>(bytes, Json)!;

    /// <summary>Differs when something differs that a driver is told.</summary>
    public byte[] Hash(string? driver, string? vehicle, string status) => SHA256.HashData([.. ToBytes(), .. Encoding.UTF8.GetBytes($"\0{driver}\0{vehicle}\0{status == TransportStatus.Cancelled}")]);

    /// <summary>What changed for somebody who knows the old plan. Stops that lie behind him are no news.</summary>
    /// <param name="threshold">A time that moved by less is the same.</param>
    public IReadOnlyList<PlanChange> ChangesFrom(RoutePlan old, TimeSpan threshold)
    {
        var changes = new List<PlanChange>();
        var (before, now) = (old.Stops.ToDictionary(s => s.Id), Stops.ToDictionary(s => s.Id));
        changes.AddRange(Stops.Where(s => !before.ContainsKey(s.Id)).Select(s => new PlanChange(PlanChangeKind.Added, s)));
        changes.AddRange(old.Stops.Where(s => !now.ContainsKey(s.Id)).Select(s => new PlanChange(PlanChangeKind.Removed, s)));
        var kept = Stops.Where(s => before.ContainsKey(s.Id)).ToArray();
        if (!kept.Select(s => s.Id).SequenceEqual(old.Stops.Where(s => now.ContainsKey(s.Id)).Select(s => s.Id)))
            changes.AddRange(kept.Take(1).Select(s => new PlanChange(PlanChangeKind.Reordered, s)));
        changes.AddRange(kept.Where(s => IsMoved(before[s.Id].At, s.At, threshold)).Select(s => new PlanChange(PlanChangeKind.Moved, s)));
        return changes;
    }

    private static bool IsMoved(DateTimeOffset? old, DateTimeOffset? now, TimeSpan threshold)
        => old is { } o && now is { } n ? (n - o).Duration() >= threshold && n != o : old is null && now is not null;
}

/// <param name="Id">Samsara's.</param>
/// <param name="At">When it is to be reached; null if nobody said.</param>
public sealed record PlannedStop(string Id, string Name, DateTimeOffset? At);

public enum PlanChangeKind
{
    Added,
    Removed,
    Reordered,
    Moved,
}

/// <param name="Stop">As it is now; one that was removed as it was.</param>
public sealed record PlanChange(PlanChangeKind Kind, PlannedStop Stop);
