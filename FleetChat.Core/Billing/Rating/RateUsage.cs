using FleetChat.Core.Billing.Invoices;

namespace FleetChat.Core.Billing.Rating;

/// <summary>
/// Usage to money. Every line is reckoned exactly and rounded once, to the minor unit, half to even; all else is a sum of lines. More drivers
/// never cost less: each step keeps the order, through discount, minimum, adjustments and tax.
/// A month without service has no line but its adjustments; one with service has a line also for no drivers.
/// </summary>
internal static class RateUsage
{
    /// <exception cref="ArgumentException">The input has a fault; ask <see cref="RatingInput.FindFault"/> first.</exception>
    public static RatedMonth Of(RatingInput input)
    {
        if (input.FindFault() is { } fault) throw new ArgumentException($"This month can't be rated: {fault}.", nameof(input));
        var spans = ChargedSpan.ListOf(input);
        var lines = spans.SelectMany(span => DriverLines.Of(span, input.Usage.ActiveDrivers, input.DaysOfMonth)).ToList();
        if (FindMessageLine(input, spans) is { } messages) lines.Add(messages);
        if (FindMinimumLine(input, spans, lines.Sum(line => line.Amount)) is { } minimum) lines.Add(minimum);
        lines.AddRange(input.Adjustments.Select(adjustment => LineOf(adjustment, input)));
        return SumUp(input, lines);
    }

    /// <summary>
    /// Included is each tier's volume by its charged days of the month's, rounded once to a whole message, half to even. What is over it costs the
    /// price of the month's last tier; the messages of the trial are not counted.
    /// </summary>
    private static RatedLine? FindMessageLine(RatingInput input, IReadOnlyList<ChargedSpan> spans)
    {
        if (input.Service.Count == 0) return null;
        var included = (spans.Aggregate(Exact.Zero, (sum, span) => sum + Exact.Of(span.Price.IncludedMessages) * span.Days) / input.DaysOfMonth).RoundHalfEven();
        var billable = input.Usage.Messages - input.Usage.TrialMessages - included;
        if (billable <= 0) return null;
        var last = input.Service[^1];
        var price = input.PriceOf(last.Tier).PricePerMessage;
        // With the trial over all of the month, messages are left only if they came late from another.
        var from = spans.Count > 0 ? spans[0].From : input.Service[0].From;
        return new(InvoiceLineKind.Messages, from, last.Until, last.Tier, billable, price, null, (Exact.Of(billable) * Exact.Of(price)).RoundHalfEven());
    }

    /// <summary>Lifts drivers and messages to the agreed minimum, of which the charged days of the month's count, rounded half to even.</summary>
    private static RatedLine? FindMinimumLine(RatingInput input, IReadOnlyList<ChargedSpan> spans, long reached)
    {
        if (spans.Count == 0 || input.Agreement?.Minimum is not { } minimum) return null;
        var missing = (Exact.Of(minimum) * spans.Sum(span => span.Days) / input.DaysOfMonth).RoundHalfEven() - reached;
        return missing > 0 ? new(InvoiceLineKind.Minimum, spans[0].From, spans[^1].Until, null, 1, missing, null, missing) : null;
    }

    private static RatedLine LineOf(Adjustment adjustment, RatingInput input)
        => new(InvoiceLineKind.Adjustment, input.Period, input.Until, null, 1, adjustment.Amount, null, adjustment.Amount) { AdjustmentId = adjustment.Id, Text = adjustment.Text };

    private static RatedMonth SumUp(RatingInput input, List<RatedLine> lines)
    {
        var subtotal = lines.Sum(line => line.Amount);
        TaxGroup[] taxes = lines.Count > 0 ? [input.Tax.On(subtotal)] : [];
        var tax = taxes.Sum(group => group.Tax);
        return new(
            input.Usage.ActiveDrivers,
            input.Usage.Messages,
            SumOf(InvoiceLineKind.Drivers) + SumOf(InvoiceLineKind.Minimum),
            -SumOf(InvoiceLineKind.VolumeDiscount),
            SumOf(InvoiceLineKind.Messages),
            SumOf(InvoiceLineKind.Adjustment),
            tax,
            checked(subtotal + tax),
            lines,
            taxes)
        {
            Period = input.Period,
            Currency = input.Card.Currency,
            RateCardVersion = input.Card.Version,
            AgreementVersion = input.Agreement?.Version,
            PurchaseOrder = input.Agreement?.PurchaseOrder,
        };

        long SumOf(string kind) => lines.Where(line => line.Kind == kind).Sum(line => line.Amount);
    }
}
