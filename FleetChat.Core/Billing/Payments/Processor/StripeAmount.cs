namespace FleetChat.Core.Billing.Payments;

/// <summary>Minor units of ISO 4217 to those of Stripe, which has its own for a few currencies.</summary>
internal static class StripeAmount
{
    /// <returns>False: Stripe can't charge that amount.</returns>
    public static bool TryWrite(long amount, string currency, out long written)
    {
        written = amount;
        switch (currency)
        {
            // Without a minor unit, and still written with two decimals.
            case "ISK" or "UGX":
                if (amount > long.MaxValue / 100) return false;
                written = amount * 100;
                return true;

            // The other way round: written without them.
            case "MGA":
                written = amount / 100;
                return amount % 100 == 0;

            // Of three decimals Stripe charges two.
            case "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND":
                return amount % 10 == 0;

            default:
                return true;
        }
    }

    /// <param name="currency">As Stripe writes it or as ISO does.</param>
    public static long Read(long written, string currency) => currency.ToUpperInvariant() switch
    {
        "ISK" or "UGX" => written / 100,
        "MGA" => written * 100,
        _ => written,
    };
}
