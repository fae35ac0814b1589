namespace FleetChat.Core.Billing.Rating;

/// <summary>One month of several companies on one bill. Amounts as in <see cref="RatedMonth"/>.</summary>
/// <param name="Lines">The companies' own, company by company.</param>
/// <param name="TaxGroups">By percentage, reverse charge and note, in the order in which they first come.</param>
internal sealed record ConsolidatedBill(
    DateOnly Period,
    string Currency,
    long ActiveDrivers,
    long MessageVolume,
    long BaseCost,
    long VolumeDiscount,
    long MessageCharge,
    long AdjustmentAmount,
    long TaxAmount,
    long TotalAmount,
    IReadOnlyList<ConsolidatedLine> Lines,
    IReadOnlyList<TaxGroup> TaxGroups);

internal sealed record ConsolidatedLine(string TenantId, RatedLine Line);

/// <summary>
/// Every amount, also each tax group's, is the sum of the companies' rounded ones and never reckoned anew: the bill equals what they would have
/// paid alone, to the minor unit. So its tax may differ by some units from the percentage of its net.
/// </summary>
internal static class Consolidate
{
    /// <summary>A code; null: none.</summary>
    public static string? FindFault(IReadOnlyList<(string TenantId, RatedMonth Month)> children)
    {
        if (children.Count == 0) return "children_missing";
        if (children.DistinctBy(child => child.TenantId).Count() != children.Count) return "child_twice";
        if (children.DistinctBy(child => child.Month.Period).Count() > 1) return "periods_differ";
        return children.DistinctBy(child => child.Month.Currency).Count() > 1 ? "currencies_differ" : null;
    }

    /// <exception cref="ArgumentException">The children have a fault; ask <see cref="FindFault"/> first.</exception>
    public static ConsolidatedBill Of(IReadOnlyList<(string TenantId, RatedMonth Month)> children)
    {
        if (FindFault(children) is { } fault) throw new ArgumentException($"These months make no bill: {fault}.", nameof(children));
        return new(
            children[0].Month.Period,
            children[0].Month.Currency,
            Sum(month => month.ActiveDrivers),
            Sum(month => month.MessageVolume),
            Sum(month => month.BaseCost),
            Sum(month => month.VolumeDiscount),
            Sum(month => month.MessageCharge),
            Sum(month => month.AdjustmentAmount),
            Sum(month => month.TaxAmount),
            Sum(month => month.TotalAmount),
            [.. children.SelectMany(child => child.Month.Lines.Select(line => new ConsolidatedLine(child.TenantId, line)))],
            [.. children.SelectMany(child => child.Month.TaxGroups).GroupBy(group => (group.Percent, group.IsReverseCharge, group.Note)).Select(Together)]);

        long Sum(Func<RatedMonth, long> amount) => children.Sum(child => amount(child.Month));
    }

    private static TaxGroup Together(IEnumerable<TaxGroup> groups) => groups.Aggregate((a, b) => a with { Net = checked(a.Net + b.Net), Tax = checked(a.Tax + b.Tax) });
}
