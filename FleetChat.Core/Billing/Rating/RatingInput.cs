namespace FleetChat.Core.Billing.Rating;

/// <summary>Everything that a company's month is rated by.</summary>
/// <param name="Period">The month's first day, in the company's time zone.</param>
/// <param name="Service">Sorted, apart from each other, inside the month; none: it was not in service.</param>
/// <param name="Card">In force on the first day of service, as is the agreement.</param>
internal sealed record RatingInput(
    DateOnly Period,
    IReadOnlyList<ServiceSpan> Service,
    MonthUsage Usage,
    RateCard Card,
    Agreement? Agreement,
    TaxTerms Tax,
    IReadOnlyList<Adjustment> Adjustments)
{
    public int DaysOfMonth => DateTime.DaysInMonth(Period.Year, Period.Month);

    public DateOnly Until => Period.AddMonths(1);

    /// <summary>What a tier costs this company.</summary>
    public TierPrice PriceOf(string tier) => Agreement is null ? Card.Tiers[tier] : Agreement.InsteadOf(Card.Tiers[tier]);

    /// <inheritdoc cref="RateCard.FindFault"/>
    public string? FindFault()
        => FindServiceFault()
            ?? Usage.FindFault()
            ?? Card.FindFault()
            ?? Agreement?.FindFault()
            ?? Tax.FindFault()
            ?? FindAdjustmentsFault();

    private string? FindServiceFault()
    {
        if (Period.Day != 1) return "period_not_first_day";
        var free = Period;
        foreach (var span in Service)
        {
            if (span.Until <= span.From) return "service_empty";
            if (span.From < Period || span.Until > Until) return "service_outside_month";
            if (span.From < free) return "service_not_in_order";
            if (!Card.Tiers.ContainsKey(span.Tier)) return "tier_not_on_card";
            free = span.Until;
        }
        if (Service.Count == 0) return null;
        if (Card.ValidFrom > Service[0].From) return "card_not_in_force";
        return Agreement?.IsInForce(Service[0].From) == false ? "agreement_not_in_force" : null;
    }

    private string? FindAdjustmentsFault()
    {
        if (Adjustments.Any(adjustment => adjustment.Amount is < -RatingRange.Amount or > RatingRange.Amount)) return "adjustment_too_high";
        return Adjustments.DistinctBy(adjustment => adjustment.Id).Count() == Adjustments.Count ? null : "adjustment_twice";
    }
}

/// <summary>Days on which a company was in service, in its time zone.</summary>
/// <param name="Until">Exclusive.</param>
internal sealed record ServiceSpan(DateOnly From, DateOnly Until, string Tier);

/// <param name="ActiveDrivers">With at least one business message in the month.</param>
/// <param name="Messages">All of them.</param>
/// <param name="TrialMessages">Those of trial days: free, and they use up nothing of what is included.</param>
internal sealed record MonthUsage(long ActiveDrivers, long Messages, long TrialMessages)
{
    /// <inheritdoc cref="RateCard.FindFault"/>
    public string? FindFault()
    {
        if (ActiveDrivers < 0 || Messages < 0 || TrialMessages < 0) return "usage_negative";
        if (ActiveDrivers > RatingRange.Drivers || Messages > RatingRange.Messages) return "usage_too_high";
        return TrialMessages > Messages ? "trial_messages_too_many" : null;
    }
}

/// <summary>What somebody adds to an invoice, or takes off.</summary>
/// <param name="Amount">Minor units, signed, before tax.</param>
internal sealed record Adjustment(Guid Id, string Text, long Amount);
