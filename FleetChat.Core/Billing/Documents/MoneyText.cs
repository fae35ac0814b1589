using System.Globalization;

namespace FleetChat.Core.Billing.Documents;

/// <summary>Amounts as people read them, the same in every culture: <c>1,234.50 USD</c>.</summary>
public static class MoneyText
{
    private const int UsualDecimals = 2;

    // ISO 4217: those that have not two.
    private static readonly HashSet<string> s_withoutDecimals = ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"];
    private static readonly HashSet<string> s_withThreeDecimals = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

    public static int DecimalsOf(string currency) => s_withoutDecimals.Contains(currency) ? 0 : s_withThreeDecimals.Contains(currency) ? 3 : UsualDecimals;

    /// <param name="amount">Minor units.</param>
    public static string Write(long amount, string currency) => $"{Number(amount, currency)} {currency}";

    /// <summary>Without the currency's name.</summary>
    public static string Number(long amount, string currency)
    {
        var decimals = DecimalsOf(currency);
        return Major(amount, decimals).ToString($"N{decimals}", CultureInfo.InvariantCulture);
    }

    /// <summary>A price may be finer than the currency: all that it has is written.</summary>
    /// <param name="price">Minor units, with fractions.</param>
    public static string Price(decimal price, string currency)
    {
        var decimals = DecimalsOf(currency);
        return Major(price, decimals).ToString($"#,##0{(decimals > 0 ? "." : "")}{new string('0', decimals)}{(decimals > 0 ? "" : ".")}##########", CultureInfo.InvariantCulture);
    }

    // A factor instead of a division keeps every digit.
    private static decimal Major(decimal minor, int decimals) => minor * new decimal(1, 0, 0, false, (byte)decimals);
}
