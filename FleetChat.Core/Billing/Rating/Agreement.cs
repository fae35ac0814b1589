namespace FleetChat.Core.Billing.Rating;

/// <summary>What a company has agreed on; null is as the rate card has it. Like the card it holds for whole months, and in the card's currency.</summary>
/// <param name="ValidUntil">The last day, inclusive, in the company's time zone; null: without end.</param>
internal sealed record Agreement(int Version, DateOnly ValidFrom, DateOnly? ValidUntil)
{
    /// <summary>Of whatever tier.</summary>
    public decimal? PricePerDriver { get; init; }

    /// <summary>Empty: no discounts. Of whatever tier.</summary>
    public IReadOnlyList<VolumeBracket>? Brackets { get; init; }

    public long? IncludedMessages { get; init; }

    public decimal? PricePerMessage { get; init; }

    /// <summary>Minor units a month, before adjustments and tax.</summary>
    public long? Minimum { get; init; }

    /// <summary>The last free day, inclusive, in the company's time zone.</summary>
    public DateOnly? TrialUntil { get; init; }

    public string? PurchaseOrder { get; init; }

    public bool IsInForce(DateOnly day) => ValidFrom <= day && (ValidUntil is not { } last || day <= last);

    /// <summary>The first moment that is not free; null: there is no trial.</summary>
    public DateTimeOffset? FindTrialEnd(TimeZoneInfo zone) => TrialUntil is { } last ? BillingPeriod.StartOf(last.AddDays(1), zone) : null;

    public TierPrice InsteadOf(TierPrice card) => new(
        PricePerDriver ?? card.PricePerDriver,
        IncludedMessages ?? card.IncludedMessages,
        PricePerMessage ?? card.PricePerMessage,
        Brackets ?? card.Brackets);

    /// <inheritdoc cref="RateCard.FindFault"/>
    public string? FindFault()
    {
        if (Version < 1) return "version_not_positive";
        if (ValidUntil < ValidFrom) return "validity_reversed";
        if (TrialUntil is { } last && !BillingPeriod.IsSensible(last)) return "trial_until_out_of_range";
        if (Minimum < 0) return "minimum_negative";
        if (Minimum > RatingRange.Amount) return "minimum_too_high";
        return RatingRange.FindPriceFault(PricePerDriver, RatingRange.PricePerDriver)
            ?? RatingRange.FindIncludedFault(IncludedMessages)
            ?? RatingRange.FindPriceFault(PricePerMessage, RatingRange.PricePerMessage)
            ?? RatingRange.FindBracketsFault(Brackets);
    }
}
