using FleetChat.Core.Billing.Rating;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>
/// How a credit is spread over an invoice's tax groups: in proportion to what is left of each, by largest remainder, and the tax in it in
/// proportion to the tax that is left, rounded half to even. So what credits all that is left leaves nothing in any group.
/// </summary>
internal static class CreditNote
{
    /// <param name="credited">What earlier credit notes took of each group.</param>
    /// <param name="amount">With tax; at most what is left.</param>
    public static IReadOnlyList<TaxGroup> Taxes(InvoiceView invoice, IReadOnlyList<TaxGroup> credited, long amount)
    {
        TaxGroup[] left = [.. invoice.Taxes.Select(tax => Left(tax, credited))];
        var shares = Spread(amount, [.. left.Select(group => group.Net + group.Tax)]);
        return [.. left.Zip(shares, Part).Where(group => group.Net != 0 || group.Tax != 0)];
    }

    private static TaxGroup Left(InvoiceTax tax, IReadOnlyList<TaxGroup> credited)
    {
        var taken = credited.Where(group => group.Percent == tax.Percent && group.IsReverseCharge == tax.IsReverseCharge && group.Note == tax.Note).ToList();
        return new(tax.Percent, tax.IsReverseCharge, tax.Note, tax.NetAmount - taken.Sum(group => group.Net), tax.TaxAmount - taken.Sum(group => group.Tax));
    }

    private static TaxGroup Part(TaxGroup left, long gross)
    {
        var whole = left.Net + left.Tax;
        var tax = whole == 0 ? 0 : RoundHalfEven((Int128)left.Tax * gross, whole);
        return left with { Net = gross - tax, Tax = tax };
    }

    private static long[] Spread(long amount, long[] weights)
    {
        var sum = weights.Aggregate((Int128)0, (total, weight) => total + weight);
        var shares = weights.Select(weight => sum == 0 ? 0 : (long)((Int128)amount * weight / sum)).ToArray();
        var byRemainder = Enumerable.Range(0, weights.Length).OrderByDescending(at => sum == 0 ? 0 : (Int128)amount * weights[at] % sum).ThenBy(at => at);
        foreach (var at in byRemainder.Take((int)(amount - shares.Sum()))) shares[at]++;
        return shares;
    }

    /// <summary>Both above or equal to zero.</summary>
    private static long RoundHalfEven(Int128 dividend, long divisor)
    {
        var (quotient, remainder) = Int128.DivRem(dividend, divisor);
        var twice = remainder * 2;
        return (long)(twice > divisor || twice == divisor && Int128.IsOddInteger(quotient) ? quotient + 1 : quotient);
    }
}
