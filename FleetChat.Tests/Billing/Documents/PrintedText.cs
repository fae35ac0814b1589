using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using FleetChat.Core.Billing.Invoices;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Content;

namespace FleetChat.Tests.Billing.Documents;

/// <summary>Texts as they are read out of a document, and as an invoice has them: without spaces, because lines are broken where they fit.</summary>
internal static partial class PrintedText
{
    public static string Of(byte[] pdf) => Squeeze(string.Concat(PagesOf(pdf)));

    public static IReadOnlyList<string> PagesOf(byte[] pdf) => [.. LettersOf(pdf).Select(letters => Squeeze(string.Concat(letters.Select(letter => letter.Value))))];

    public static IReadOnlyList<IReadOnlyList<Letter>> LettersOf(byte[] pdf)
    {
        using var document = PdfDocument.Open(pdf);
        return [.. document.GetPages().Select(page => page.Letters)];
    }

    public static string OfPage(string html) => Squeeze(WebUtility.HtmlDecode(Tags().Replace(Styles().Replace(html, ""), "")));

    /// <summary>Joined Arabic letters are read as those that were written.</summary>
    public static string Squeeze(string text) => string.Concat(text.Normalize(NormalizationForm.FormKC).Where(letter => !char.IsWhiteSpace(letter)));

    /// <summary>All that a reader has to find, each row of the table in one piece.</summary>
    public static IEnumerable<string> Expected(InvoiceView invoice, int decimals)
    {
        IEnumerable<string?> texts =
        [
            invoice.Number, invoice.PurchaseOrder, invoice.Reason, invoice.CreditedNumber,
            .. new[] { invoice.Supplier, invoice.Buyer }.SelectMany(party => (string?[])[party.Name, .. party.Address, party.TaxId]),
            .. invoice.Lines.Select(line => line.CompanyName),
            .. invoice.Lines.Select(line => Row(line, decimals)),
            .. invoice.Taxes.Select(tax => $"{Percent(tax.Percent)}of{Amount(tax.NetAmount, decimals)}{Amount(tax.TaxAmount, decimals)}{invoice.Currency}{tax.Note}"),
            $"Subtotal{Amount(invoice.TotalAmount - invoice.TaxAmount, decimals)}{invoice.Currency}",
            $"{Amount(invoice.TotalAmount, decimals)}{invoice.Currency}",
            .. invoice.Kind == InvoiceKind.Invoice && invoice.Status != InvoiceState.Draft ? [$"Amountdue{Amount(invoice.DueAmount, decimals)}{invoice.Currency}"] : Array.Empty<string>(),
        ];
        return texts.OfType<string>().Select(Squeeze);
    }

    /// <summary>Not as the product does it: digits in groups, from the right.</summary>
    public static string Amount(long amount, int decimals)
    {
        var digits = amount.ToString(CultureInfo.InvariantCulture).TrimStart('-').PadLeft(decimals + 1, '0');
        var whole = digits[..^decimals];
        for (var at = whole.Length - 3; at > 0; at -= 3) whole = whole.Insert(at, ",");
        return $"{(amount < 0 ? "-" : "")}{whole}{(decimals > 0 ? "." : "")}{digits[^decimals..]}";
    }

    // The samples' prices are whole minor units, or half of one.
    private static string Row(InvoiceLine line, int decimals)
    {
        var price = line.UnitPrice == decimal.Truncate(line.UnitPrice) ? Amount((long)line.UnitPrice, decimals) : $"{Amount((long)(line.UnitPrice * 10), decimals + 1)}";
        var days = (line.From, line.Until) == (SampleInvoice.First, SampleInvoice.Last) ? "" : $"{line.From.Day}to{line.Until.Day}June2026";
        return $"{line.Description}{days}{Amount((long)line.Quantity, 0)}{price}{(line.Percent is { } percent ? Percent(percent) : "")}{Amount(line.Amount, decimals)}";
    }

    private static string Percent(decimal percent) => percent.ToString(CultureInfo.InvariantCulture) + "%";

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex Styles();
}
