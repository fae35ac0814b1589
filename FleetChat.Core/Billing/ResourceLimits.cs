namespace FleetChat.Core.Billing;

/// <summary>How much of what a company may use.</summary>
public sealed record ResourceLimits(int MaxDrivers, long MaxMonthlyMessages, long StorageLimitMb)
{
    /// <summary>As companies see it: a million bytes.</summary>
    public const long BytesInMb = 1_000_000;

    // Some 500 messages a driver and month: six unasked ones a day, what he answers, and what is said between.
    private static readonly Dictionary<string, ResourceLimits> Tiers = new()
    {
        ["starter"] = new(100, 50_000, 10_000),
        ["professional"] = new(1_000, 500_000, 100_000),
        ["enterprise"] = new(50_000, 25_000_000, 5_000_000),
    };

    public static readonly IReadOnlyList<string> TierNames = [.. Tiers.Keys];

    public static ResourceLimits OfTier(string tier) => Tiers[tier];

    /// <summary>With what the operator allows until a day.</summary>
    public ResourceLimits With(LimitOverride? given, DateOnly today) => given is null || given.Until < today
        ? this
        : new(given.MaxDrivers ?? MaxDrivers, given.MaxMonthlyMessages ?? MaxMonthlyMessages, given.StorageLimitMb ?? StorageLimitMb);
}

/// <summary>What the operator allows a company; null: as its tier has it.</summary>
/// <param name="Until">The last day, in the company's time zone.</param>
public sealed record LimitOverride(int? MaxDrivers, long? MaxMonthlyMessages, long? StorageLimitMb, DateOnly Until);
