using System.Globalization;

namespace FleetChat.Core.Billing.Analytics;

/// <summary>A row says by its first cell what it is: what the month brings, what messages cost, what has no cost because nobody said it, and what is left. Amounts are minor units, costs not rounded.</summary>
internal static class MarginCsv
{
    private static readonly string[] s_headers = ["kind", "country", "category", "messages", "rate_country", "rate_valid_from", "currency", "amount_per_message", "amount"];

    public static byte[] Write(MarginView margin) => Csv.Write(s_headers, Rows(margin));

    private static IEnumerable<string?[]> Rows(MarginView margin)
    {
        yield return Sum("revenue", margin.Currency, margin.RevenueAmount);
        foreach (var line in margin.Lines) yield return Cells(line);
        if (margin.UndeterminedMessages > 0) yield return ["undetermined", null, null, Word(margin.UndeterminedMessages), null, null, null, null, null];
        // Without an amount where it is not known.
        yield return Sum("margin", margin.Currency, margin.MarginAmount);
    }

    private static string?[] Sum(string kind, string currency, long? amount) => [kind, null, null, null, null, null, currency, null, Word(amount)];

    private static string?[] Cells(MetaCostLine line) =>
    [
        "cost", line.Country, line.Category, Word(line.Messages), line.RateCountry, line.RateValidFrom?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), line.Currency, Word(line.AmountPerMessage), Word(line.Amount),
    ];

    private static string? Word(decimal? number) => number?.ToString(CultureInfo.InvariantCulture);
}
