using System.Numerics;
using FleetChat.Core.Billing.Invoices;

namespace FleetChat.Core.Billing.Rating;

/// <summary>
/// What a company's active drivers cost for the days of a span: all that were active in the month, whoever drove when, at the tier's price, by the
/// span's days of the month's. What is left after the discount (net) is rounded, half to even, and so is the cost before it; the
/// discount is the difference. So the net grows with the drivers to the last unit, which a discount rounded by itself would not keep.
/// </summary>
internal static class DriverLines
{
    /// <returns>One for the drivers, also for none, and one for each bracket that takes something off.</returns>
    public static IReadOnlyList<RatedLine> Of(ChargedSpan span, long drivers, int daysOfMonth)
    {
        var brackets = Fill(span.Price.Brackets, drivers);
        // Each driver has a hundred percents of the price, and those in a bracket lose some.
        var percents = Exact.Of(drivers) * 100;
        var percentsOff = brackets.Aggregate(Exact.Zero, (sum, filled) => sum + Exact.Of(filled.Bracket.DiscountPercent) * filled.Drivers);
        var cost = CostOf(percents);
        var shares = LargestRemainder.Share(cost - CostOf(percents - percentsOff), [.. brackets.Select(filled => filled.Weight)]);
        return
        [
            Line(InvoiceLineKind.Drivers, drivers, null, cost),
            .. brackets.Select((filled, i) => Line(InvoiceLineKind.VolumeDiscount, filled.Drivers, filled.Bracket, -shares[i])).Where(line => line.Amount < 0),
        ];

        // Divided last, so that nothing is lost before the rounding.
        long CostOf(Exact percentsOfPrice) => (percentsOfPrice * Exact.Of(span.Price.PricePerDriver) * span.Days / 100 / daysOfMonth).RoundHalfEven();

        RatedLine Line(string kind, long quantity, VolumeBracket? bracket, long amount)
            => new(kind, span.From, span.Until, span.Tier, quantity, span.Price.PricePerDriver, bracket?.DiscountPercent, amount) { Above = bracket?.Above };
    }

    private static List<FilledBracket> Fill(IReadOnlyList<VolumeBracket> brackets, long drivers)
    {
        return [.. brackets.Select((bracket, i) => new FilledBracket(bracket, Math.Max(0, Math.Min(drivers, EndOf(i)) - bracket.Above)))];

        long EndOf(int i) => i + 1 < brackets.Count ? brackets[i + 1].Above : long.MaxValue;
    }

    private sealed record FilledBracket(VolumeBracket Bracket, long Drivers)
    {
        /// <summary>Its part of the span's discount: price and days are the same for all brackets.</summary>
        public BigInteger Weight => new BigInteger(Bracket.DiscountPercent * RatingRange.PercentUnits) * Drivers;
    }
}
