using System.Globalization;
using FleetChat.Simulators.Stripe;

namespace FleetChat.LocalHost.Demo.Months;

/// <summary>What is owed for an invoice by FleetChat's books, against what Stripe and the bank know of it. Amounts are minor units.</summary>
internal static class LedgerBalance
{
    /// <param name="invoice">Whose, and when.</param>
    /// <param name="due">By the books.</param>
    /// <param name="byBank">Transferred.</param>
    /// <param name="stripe">Null: Stripe has heard nothing of it.</param>
    /// <returns>Null: they agree.</returns>
    public static string? FindFault(string invoice, long total, long credited, long due, long byBank, InvoiceMoney? stripe)
    {
        var expected = total - credited - byBank - (stripe is null ? 0 : stripe.Captured - stripe.Refunded - stripe.Disputed);
        if (expected != due) return string.Create(CultureInfo.InvariantCulture, $"{invoice}: the books say {due}, Stripe and the bank {expected}");
        return stripe?.Charges > 1 ? string.Create(CultureInfo.InvariantCulture, $"{invoice}: charged {stripe.Charges} times") : null;
    }
}
