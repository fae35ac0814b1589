using System.Net;
using System.Text.RegularExpressions;
using FleetChat.Core.Billing.Documents;
using FleetChat.Core.Billing.Invoices;

namespace FleetChat.Tests.Billing.Documents;

public sealed partial class InvoicePageTests
{
    private static readonly InvoiceBranding Plain = SampleInvoice.Plain;

    [Fact]
    public void The_page_says_what_the_PDF_says()
    {
        var isVoid = SampleInvoice.Usual with { Status = InvoiceState.Void, Reason = "Wrong company", DueAmount = 0 };
        foreach (var invoice in new[] { SampleInvoice.Usual, SampleInvoice.CreditNote, SampleInvoice.Consolidated(8, 50), isVoid })
        {
            var text = PrintedText.OfPage(InvoicePage.Write(invoice, Plain));

            Assert.All(PrintedText.Expected(invoice, 2), expected => Assert.Contains(expected, text, StringComparison.Ordinal));
            Assert.Contains(PrintedText.Squeeze(Plain.Footer! + Plain.LegalFooter), text, StringComparison.Ordinal);
            Assert.All(InvoiceContent.Of(invoice).Facts, fact => Assert.Contains(PrintedText.Squeeze(fact.Label + fact.Value), text, StringComparison.Ordinal));
            Assert.All(InvoiceContent.Of(invoice).Sums, sum => Assert.Contains(PrintedText.Squeeze(sum.Label + sum.Amount), text, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("JPY", 0)]
    [InlineData("KWD", 3)]
    public void Amounts_have_their_currencys_decimals(string currency, int decimals)
    {
        var invoice = SampleInvoice.Consolidated(1, 8) with { Currency = currency };

        var text = PrintedText.OfPage(InvoicePage.Write(invoice, Plain));

        Assert.All(PrintedText.Expected(invoice, decimals), expected => Assert.Contains(expected, text, StringComparison.Ordinal));
    }

    [Fact]
    public void What_people_wrote_is_text_and_nothing_else()
    {
        const string Attack = "\"'><script>alert(1)</script><img src=x onerror=alert(1)></style>";
        var party = new InvoiceParty(Attack, [Attack], Attack);
        var invoice = SampleInvoice.Usual with
        {
            Supplier = party, Buyer = party, Number = Attack, PurchaseOrder = Attack, Reason = Attack, Status = InvoiceState.Void, Currency = "<b>",
            Lines = [SampleInvoice.Usual.Lines[0] with { Description = Attack, CompanyName = Attack }], Taxes = [new(0m, true, Attack, 1, 0)],
        };

        var html = InvoicePage.Write(invoice, new(null, Attack, Attack, Attack));

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b>&", html, StringComparison.Ordinal);
        Assert.Single(StyleEnds().Matches(html));
        Assert.Contains(PrintedText.Squeeze(Attack), PrintedText.OfPage(html), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_loads_nothing_and_runs_nothing()
    {
        var html = InvoicePage.Write(SampleInvoice.Consolidated(2, 3), Plain with { Logo = Pictures.Png });

        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http:", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("https:", html, StringComparison.OrdinalIgnoreCase);
        Assert.Equal($"src=\"data:image/png;base64,{Convert.ToBase64String(Pictures.Png)}\"", Assert.Single(Sources().Matches(html)).Value);
    }

    [Fact]
    public void A_broken_logo_gives_way_to_the_sellers_name()
    {
        var html = InvoicePage.Write(SampleInvoice.Usual, Plain with { Logo = [1, 2, 3] });

        Assert.Empty(Sources().Matches(html));
        Assert.Contains("<p class=\"seller\"><bdi dir=\"auto\">FleetChat Inc.</bdi>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_run_in_their_own_direction()
    {
        var html = InvoicePage.Write(SampleInvoice.Usual with { Buyer = new("חברת הובלות", [], null) }, Plain);

        Assert.Contains("<bdi dir=\"auto\">חברת הובלות</bdi>", WebUtility.HtmlDecode(html), StringComparison.Ordinal);
    }

    [GeneratedRegex("src=\"[^\"]*\"|href=\"[^\"]*\"|url\\([^)]*\\)")]
    private static partial Regex Sources();

    [GeneratedRegex("</style>")]
    private static partial Regex StyleEnds();
}
