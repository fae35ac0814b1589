using System.Globalization;
using System.Text;
using FleetChat.Core.Drivers.Imports;

namespace FleetChat.Core.Billing.Analytics;

/// <summary>A row says by its first cell what it is: what the month brings, what messages cost, what has no cost because nobody said it, and what is left. Amounts are minor units, costs not rounded.</summary>
internal static class MarginCsv
{
    private static readonly string[] s_headers = ["kind", "country", "category", "messages", "rate_country", "rate_valid_from", "currency", "amount_per_message", "amount"];

    public static byte[] Write(MarginView margin)
    {
        // With a mark: Excel takes it for another encoding without.
        var text = new StringBuilder("\uFEFF").Append(ListImportRows.Line(s_headers));
        text.Append(Sum("revenue", margin.Currency, margin.RevenueAmount));
        foreach (var line in margin.Lines) text.Append(ListImportRows.Line(Cells(line)));
        if (margin.UndeterminedMessages > 0) text.Append(ListImportRows.Line(["undetermined", null, null, Word(margin.UndeterminedMessages), null, null, null, null, null]));
        // Without an amount where it is not known.
        text.Append(Sum("margin", margin.Currency, margin.MarginAmount));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Sum(string kind, string currency, long? amount) => ListImportRows.Line([kind, null, null, null, null, null, currency, null, Word(amount)]);

    private static string?[] Cells(MetaCostLine line) =>
    [
        "cost", line.Country, line.Category, Word(line.Messages), line.RateCountry, line.RateValidFrom?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), line.Currency, Word(line.AmountPerMessage), Word(line.Amount),
    ];

    private static string? Word(decimal? number) => number?.ToString(CultureInfo.InvariantCulture);
}
