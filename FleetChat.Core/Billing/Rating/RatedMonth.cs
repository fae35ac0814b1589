namespace FleetChat.Core.Billing.Rating;

/// <summary>
/// A company's month in money. Amounts are minor units of <see cref="Currency"/>; only the lines and the tax groups were rounded, and the rest are
/// their sums.
/// </summary>
/// <param name="MessageVolume">All messages of the month, also those of the trial.</param>
/// <param name="BaseCost">The drivers' lines, and what is missing to the minimum.</param>
/// <param name="VolumeDiscount">Positive, though its lines are negative.</param>
/// <param name="AdjustmentAmount">Signed.</param>
/// <param name="TotalAmount">BaseCost - VolumeDiscount + MessageCharge + AdjustmentAmount + TaxAmount.</param>
/// <param name="TaxGroups">None if there are no lines.</param>
internal sealed record RatedMonth(
    long ActiveDrivers,
    long MessageVolume,
    long BaseCost,
    long VolumeDiscount,
    long MessageCharge,
    long AdjustmentAmount,
    long TaxAmount,
    long TotalAmount,
    IReadOnlyList<RatedLine> Lines,
    IReadOnlyList<TaxGroup> TaxGroups)
{
    public required DateOnly Period { get; init; }

    public required string Currency { get; init; }

    public required int RateCardVersion { get; init; }

    /// <summary>Null: the rate card alone.</summary>
    public required int? AgreementVersion { get; init; }

    public required string? PurchaseOrder { get; init; }

    /// <summary>Before tax: the sum of the lines.</summary>
    public long Subtotal => TotalAmount - TaxAmount;

    /// <summary>
    /// Adjustments took off more than there was. The sums still hold, but no invoice and no tax return has them: whoever adjusts is refused. What a
    /// company is owed beyond a month's charges is a credit note to the invoice on which it was charged.
    /// </summary>
    public bool IsBelowZero => Subtotal < 0;
}

/// <param name="Kind">One of <see cref="Invoices.InvoiceLineKind"/>.</param>
/// <param name="From">The first day that is charged, in the company's time zone.</param>
/// <param name="Until">Exclusive.</param>
/// <param name="Tier">Whose price it is; null: no tier's.</param>
/// <param name="UnitPrice">Minor units of a whole month, or of a message.</param>
/// <param name="Percent">Taken off the unit price; null: this line takes off nothing.</param>
/// <param name="Amount">Minor units, rounded; of fewer days than the month has, the part of them.</param>
internal sealed record RatedLine(string Kind, DateOnly From, DateOnly Until, string? Tier, decimal Quantity, decimal UnitPrice, decimal? Percent, long Amount)
{
    /// <summary>Of a volume discount: its bracket.</summary>
    public long? Above { get; init; }

    /// <summary>Of an adjustment, as is the text.</summary>
    public Guid? AdjustmentId { get; init; }

    public string? Text { get; init; }
}
