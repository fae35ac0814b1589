namespace FleetChat.Core.Billing.Rating;

/// <param name="Percent">0 to 100, up to four decimals.</param>
/// <param name="IsReverseCharge">The buyer owes the tax: none is charged, whatever the percentage, and the note has to say so.</param>
/// <param name="Note">Stands on the invoice.</param>
internal sealed record TaxTerms(decimal Percent, bool IsReverseCharge, string? Note)
{
    /// <inheritdoc cref="RateCard.FindFault"/>
    public string? FindFault()
        => IsReverseCharge && string.IsNullOrWhiteSpace(Note) ? "reverse_charge_note_missing" : RatingRange.FindPercentFault(Percent);

    /// <summary>Rounded once, half to even, on the sum of all lines.</summary>
    public TaxGroup On(long net)
    {
        var percent = IsReverseCharge ? 0 : Percent;
        return new(percent, IsReverseCharge, Note, net, (Exact.Of(net) * Exact.Of(percent) / 100).RoundHalfEven());
    }
}

/// <param name="Percent">What is charged: 0 under reverse charge.</param>
/// <param name="Net">Minor units, the sum of its lines.</param>
internal sealed record TaxGroup(decimal Percent, bool IsReverseCharge, string? Note, long Net, long Tax);
