namespace FleetChat.Core.Billing.Rating;

/// <summary>What every company pays that has agreed on nothing else. It holds for whole months: the one in force on a month's first day of service.</summary>
/// <param name="Currency">Of all its prices, and of what is agreed instead of them.</param>
/// <param name="Tiers">By service tier.</param>
internal sealed record RateCard(string Currency, int Version, DateOnly ValidFrom, IReadOnlyDictionary<string, TierPrice> Tiers)
{
    /// <returns>A code; null: none.</returns>
    public string? FindFault()
    {
        if (!RatingRange.IsCurrency(Currency)) return "currency_malformed";
        if (Version < 1) return "version_not_positive";
        if (Tiers.Count == 0) return "tiers_missing";
        if (Tiers.Keys.Except(ResourceLimits.TierNames).Any()) return "tier_unknown";
        return Tiers.Values.Select(tier => tier is null ? "tier_missing" : tier.FindFault()).FirstOrDefault(fault => fault is not null);
    }
}

/// <param name="PricePerDriver">Minor units for an active driver and a month, up to six decimals.</param>
/// <param name="IncludedMessages">Of a month, free for the company as a whole.</param>
/// <param name="PricePerMessage">Minor units for each message over them, up to six decimals.</param>
/// <param name="Brackets">In ascending order.</param>
public sealed record TierPrice(decimal PricePerDriver, long IncludedMessages, decimal PricePerMessage, IReadOnlyList<VolumeBracket> Brackets)
{
    /// <inheritdoc cref="RateCard.FindFault"/>
    internal string? FindFault()
        => RatingRange.FindPriceFault(PricePerDriver, RatingRange.PricePerDriver)
            ?? RatingRange.FindIncludedFault(IncludedMessages)
            ?? RatingRange.FindPriceFault(PricePerMessage, RatingRange.PricePerMessage)
            ?? (Brackets is null ? "brackets_missing" : RatingRange.FindBracketsFault(Brackets));
}

/// <summary>Graduated: only the drivers inside a bracket have its discount, so that one more never lowers the price of those before him.</summary>
/// <param name="Above">It begins with the driver after so many, and ends where the next bracket begins.</param>
/// <param name="DiscountPercent">Off the price per driver, 0 to 100, up to four decimals.</param>
public sealed record VolumeBracket(long Above, decimal DiscountPercent)
{
    /// <inheritdoc cref="RateCard.FindFault"/>
    internal string? FindFault() => Above < 0 ? "bracket_negative" : RatingRange.FindPercentFault(DiscountPercent);
}
