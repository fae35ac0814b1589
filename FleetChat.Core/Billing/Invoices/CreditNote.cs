using System.Numerics;
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
        var shares = LargestRemainder.Share(amount, [.. left.Select(group => new BigInteger(group.Net) + group.Tax)]);
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
        var tax = whole == 0 ? 0 : (Exact.Of(left.Tax) * gross / whole).RoundHalfEven();
        return left with { Net = gross - tax, Tax = tax };
    }
}
