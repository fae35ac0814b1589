using System.Globalization;
using System.Text;
using FleetChat.Core.Billing.Documents;
using FleetChat.Core.Billing.Invoices;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Content;

namespace FleetChat.Tests.Billing.Documents;

public sealed class InvoicePdfTests
{
    private static readonly InvoiceBranding Plain = SampleInvoice.Plain;

    [Fact]
    public void All_of_an_invoice_is_on_its_page()
    {
        var pages = PrintedText.PagesOf(InvoicePdf.Write(SampleInvoice.Usual, Plain));

        var page = Assert.Single(pages);
        AssertHasAll(page, SampleInvoice.Usual, 2);
        string[] texts = ["InvoiceINV-EU-000123", "Issued2July2026", "Due16July2026", "BillingperiodJune2026", "1,491.93USDdueby16July2026", "Total1,491.93USD", "Page1of1"];
        Assert.All(texts, text => Assert.Contains(text, page, StringComparison.Ordinal));
        AssertHasFooter(page);
    }

    [Fact]
    public void Four_hundred_lines_run_over_pages_that_say_where_they_belong()
    {
        var invoice = SampleInvoice.Consolidated(companies: 8, lines: 50);

        var pages = PrintedText.PagesOf(InvoicePdf.Write(invoice, Plain));

        Assert.True(pages.Count > 5);
        AssertHasAll(string.Concat(pages), invoice, 2);
        var companies = invoice.Lines.Select(line => line.CompanyName!).Distinct();
        Assert.All(companies, name => Assert.Contains(PrintedText.Squeeze(name + Sum(invoice, name)), string.Concat(pages), StringComparison.Ordinal));
        for (var page = 0; page < pages.Count; page++)
        {
            Assert.Contains("DescriptionQuantityUnitpricePercentAmount(USD)", pages[page], StringComparison.Ordinal);
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"Page{page + 1}of{pages.Count}"), pages[page], StringComparison.Ordinal);
            Assert.Contains("InvoiceINV-EU-000123", pages[page], StringComparison.Ordinal);
            AssertHasFooter(pages[page]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(26)]
    [InlineData(27)]
    [InlineData(28)]
    [InlineData(29)]
    [InlineData(30)]
    public void Wherever_a_page_ends_nothing_is_lost_and_nothing_runs_into_the_footer(int lines)
    {
        var invoice = SampleInvoice.Consolidated(companies: 1, lines);

        var pdf = InvoicePdf.Write(invoice, Plain);

        AssertHasAll(PrintedText.Of(pdf), invoice, 2);
        AssertNothingOverlaps(pdf);
    }

    [Fact]
    public void Sums_are_the_invoices()
    {
        var invoice = SampleInvoice.Consolidated(2, 8) with
        {
            PaidAmount = 100_000, CreditedAmount = 2_500, DueAmount = 77_777, Status = InvoiceState.PastDue, AdjustmentAmount = -300,
        };

        var text = PrintedText.Of(InvoicePdf.Write(invoice, Plain));

        AssertHasAll(text, invoice, 2);
        (string Label, long Amount)[] sums =
        [
            ("Basecost", invoice.BaseCost), ("Volumediscount", -invoice.VolumeDiscount), ("Messages", invoice.MessageCharge), ("Adjustments", -300), ("Total", invoice.TotalAmount),
            ("Paid", -100_000), ("Credited", -2_500),
        ];
        Assert.All(sums, sum => Assert.Contains($"{sum.Label}{PrintedText.Amount(sum.Amount, 2)}USD", text, StringComparison.Ordinal));
        Assert.Contains("777.77USDpastduesince16July2026", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_credit_note_names_its_invoice_and_asks_for_nothing()
    {
        var text = PrintedText.Of(InvoicePdf.Write(SampleInvoice.CreditNote, Plain));

        AssertHasAll(text, SampleInvoice.CreditNote, 2);
        Assert.StartsWith("CreditnoteCN-EU-000007", text, StringComparison.Ordinal);
        Assert.Contains("Totalcredit130.68USD", text, StringComparison.Ordinal);
        Assert.DoesNotContain("due", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_draft_says_on_every_page_that_it_is_no_invoice()
    {
        var draft = SampleInvoice.Consolidated(1, 60) with { Status = InvoiceState.Draft, Number = null, IssuedOn = null, DueOn = null, DueAmount = 0 };

        var pages = PrintedText.PagesOf(InvoicePdf.Write(draft, Plain));

        Assert.True(pages.Count > 1);
        Assert.All(pages, page => Assert.Contains("Draft,notaninvoice", page, StringComparison.Ordinal));
        Assert.DoesNotContain("Amountdue", string.Concat(pages), StringComparison.Ordinal);
        AssertHasAll(string.Concat(pages), draft, 2);
    }

    [Fact]
    public void A_void_invoice_says_why()
    {
        var text = PrintedText.Of(InvoicePdf.Write(SampleInvoice.Usual with { Status = InvoiceState.Void, Reason = "Sent to the wrong company", DueAmount = 0 }, Plain));

        Assert.Contains("Void:Senttothewrongcompany", text, StringComparison.Ordinal);
        Assert.Contains("Amountdue0.00USD", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("JPY", 0)]
    [InlineData("KWD", 3)]
    [InlineData("EUR", 2)]
    public void Amounts_have_their_currencys_decimals(string currency, int decimals)
    {
        var invoice = SampleInvoice.Consolidated(1, 8) with { Currency = currency };

        AssertHasAll(PrintedText.Of(InvoicePdf.Write(invoice, Plain)), invoice, decimals);
    }

    [Fact]
    public void Reverse_charge_is_said_with_its_sentence()
    {
        var invoice = SampleInvoice.Of(
            SampleInvoice.Usual.Lines,
            [new(21m, false, null, 100_000, 21_000), new(0m, true, "Reverse charge: the recipient owes the tax (Article 196 of Directive 2006/112/EC).", 23_300, 0)]);

        var text = PrintedText.Of(InvoicePdf.Write(invoice, Plain));

        AssertHasAll(text, invoice, 2);
        Assert.Contains("Reversecharge,0%of233.000.00USDReversecharge:therecipientowes", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_texts_are_broken_and_run_into_nothing()
    {
        var invoice = SampleInvoice.Usual with
        {
            Number = "INV-" + new string('9', 60), PurchaseOrder = new string('W', 90),
            TotalAmount = long.MaxValue, DueAmount = long.MaxValue, MessageVolume = long.MaxValue,
            Supplier = new(string.Join(' ', Enumerable.Repeat("Überlandtransportgesellschaft", 6)), [new string('M', 100)], new string('7', 50)),
            Buyer = new(new string('W', 200), [.. Enumerable.Repeat(string.Join(' ', Enumerable.Repeat("Straße", 20)), 5)], new string('8', 50)),
            Lines =
            [
                new(1, InvoiceLineKind.Adjustment, string.Join(' ', Enumerable.Repeat("Donaudampfschifffahrtsgesellschaftskapitän", 11)), SampleInvoice.First, SampleInvoice.First.AddDays(3),
                    9_999_999_999_999, 987_654_321_987_654, 12m, long.MinValue + 1, null, null),
            ],
        };

        var pdf = InvoicePdf.Write(invoice, new(null, null, new string('f', 400), string.Join(' ', Enumerable.Repeat("Amtsgericht Hamburg", 25))));

        AssertHasAll(PrintedText.Of(pdf), invoice, 2);
        AssertNothingOverlaps(pdf);
    }

    [Fact]
    public void What_no_page_has_room_for_ends_in_an_ellipsis()
    {
        var text = PrintedText.Of(InvoicePdf.Write(SampleInvoice.Usual with { Buyer = SampleInvoice.Usual.Buyer with { Name = string.Join(' ', Enumerable.Range(1, 2_000)) } }, Plain));

        Assert.Contains("123456789101112", text, StringComparison.Ordinal);
        Assert.Contains("...", text, StringComparison.Ordinal);
        Assert.DoesNotContain("1999", text, StringComparison.Ordinal);
        Assert.Contains("Amountdue1,491.93USD", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_fills_a_page_ends_in_an_ellipsis()
    {
        var pdf = InvoicePdf.Write(SampleInvoice.Usual with { Buyer = SampleInvoice.Usual.Buyer with { Address = [.. Enumerable.Range(1, 300).Select(line => $"Gate {line}")] } }, Plain);

        AssertNothingOverlaps(pdf);
        Assert.Contains("Gate20", PrintedText.Of(pdf), StringComparison.Ordinal);
        Assert.Contains("Amountdue1,491.93USD", PrintedText.Of(pdf), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("חברת הובלות ישראל בע״מ 2001")]
    [InlineData("الشركة الوطنية للنقل والخدمات اللوجستية")]
    [InlineData("شرکت حمل و نقل چابک")]
    public void A_name_from_right_to_left_looks_so_and_is_read_as_it_was_written(string name)
    {
        var pdf = InvoicePdf.Write(SampleInvoice.Usual with { Buyer = SampleInvoice.Usual.Buyer with { Name = name } }, Plain);

        Assert.Contains(PrintedText.Squeeze(name), PrintedText.Of(pdf), StringComparison.Ordinal);
        // Its first letter stands right of its second.
        var letters = PrintedText.LettersOf(pdf)[0];
        var first = Enumerable.Range(0, letters.Count - 1).First(at => PrintedText.Squeeze(letters[at].Value + letters[at + 1].Value) == PrintedText.Squeeze(name[..2]));
        Assert.True(letters[first].StartBaseLine.X > letters[first + 1].StartBaseLine.X);
    }

    [Fact]
    public void Within_a_text_from_left_to_right_a_name_keeps_its_direction_and_the_text_its_own()
    {
        var pdf = InvoicePdf.Write(SampleInvoice.Usual with { Buyer = SampleInvoice.Usual.Buyer with { Name = "ABC שלום Ltd." } }, Plain);

        var name = PrintedText.LettersOf(pdf)[0].Where(letter => "ABCשלוםL".Contains(letter.Value, StringComparison.Ordinal)).ToList();
        var start = Enumerable.Range(0, name.Count).First(at => name[at].Value == "ש");
        Assert.Equal(["ש", "ל", "ו", "ם"], name.Skip(start).Take(4).OrderByDescending(letter => letter.StartBaseLine.X).Select(letter => letter.Value));
        Assert.True(name[start - 1].StartBaseLine.X < name[start + 3].StartBaseLine.X && name[start].StartBaseLine.X < name[start + 4].StartBaseLine.X);
    }

    [Theory]
    [InlineData("Łódź Ёлка Ы Ưu Việt ΰ š", "Łódź Ёлка Ы Ưu Việt ΰ š")]
    [InlineData("Zażółć \uFFFD", "Zażółć 運 ")]
    [InlineData("smile \uFFFD end", "smile 😀 end")]
    [InlineData("a b c", "a\tb\r\nc")]
    [InlineData("evil", "\u202Ee\u2066vi\u0000l\u200B")]
    [InlineData("half \uFFFD", "half \uD83D")]
    public void What_the_font_lacks_and_what_steers_programs_does_no_harm(string shown, string name)
    {
        var text = PrintedText.Of(InvoicePdf.Write(SampleInvoice.Usual with { Buyer = SampleInvoice.Usual.Buyer with { Name = name } }, Plain));

        Assert.Contains(PrintedText.Squeeze(shown), text, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_texts_and_no_lines_are_printed_too()
    {
        var empty = SampleInvoice.Of([], []) with { Supplier = new("", [], null), Buyer = new("", [""], null), PurchaseOrder = "" };

        Assert.Contains("Amountdue0.00USD", PrintedText.Of(InvoicePdf.Write(empty, new(null, null, null, null))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_logo_is_drawn()
    {
        foreach (var logo in new[] { Pictures.Png, Pictures.Jpeg })
        {
            using var document = PdfDocument.Open(InvoicePdf.Write(SampleInvoice.Usual, Plain with { Logo = logo }));
            Assert.Single(document.GetPage(1).GetImages());
        }
    }

    [Fact]
    public void A_broken_logo_is_left_out()
    {
        byte[][] broken =
            [[], [0x89, (byte)'P'], Encoding.ASCII.GetBytes("<svg/>"), Pictures.Png[..60], Pictures.Jpeg[..40], Pictures.PngOf(64, 16, [1, 2, 3]), [.. Pictures.Png[..40], .. new byte[200]]];
        foreach (var logo in broken)
        {
            var pdf = InvoicePdf.Write(SampleInvoice.Usual, Plain with { Logo = logo });
            using var document = PdfDocument.Open(pdf);
            Assert.Empty(document.GetPage(1).GetImages());
            AssertHasAll(PrintedText.Of(pdf), SampleInvoice.Usual, 2);
        }
    }

    [Fact]
    public void The_same_invoice_is_the_same_bytes_in_every_culture_and_beside_others()
    {
        var invoice = SampleInvoice.Consolidated(2, 30);
        var branding = Plain with { Logo = Pictures.Png, PrimaryColor = "#0b6e4f" };
        var expected = InvoicePdf.Write(invoice, branding);
        var culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("ar-SA");
            Assert.Equal(expected, InvoicePdf.Write(invoice, branding));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
        Parallel.For(0, 24, i =>
        {
            if (i % 3 == 0) InvoicePdf.Write(SampleInvoice.CreditNote, Plain);
            else Assert.Equal(expected, InvoicePdf.Write(invoice, branding));
        });
    }

    [Fact]
    public void The_document_is_dated_as_the_invoice()
    {
        using var document = PdfDocument.Open(InvoicePdf.Write(SampleInvoice.Usual, Plain));

        Assert.Equal("Invoice INV-EU-000123", document.Information.Title);
        Assert.Equal("D:20260702000000+00'00'", document.Information.CreationDate);
        Assert.Equal("D:20260702000000+00'00'", document.Information.ModifiedDate);
    }

    [Fact]
    public void Fonts_are_embedded_as_parts()
    {
        using var document = PdfDocument.Open(InvoicePdf.Write(SampleInvoice.Usual, Plain));

        var fonts = document.GetPage(1).Letters.Select(letter => letter.FontName).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["INVOIC+DejaVu Sans Condensed", "INVOIC+DejaVu Sans Condensed,Bold"], fonts);
    }

    private static void AssertHasAll(string text, InvoiceView invoice, int decimals)
        => Assert.All(PrintedText.Expected(invoice, decimals), expected => Assert.Contains(expected, text, StringComparison.Ordinal));

    private static void AssertHasFooter(string page)
    {
        Assert.Contains(PrintedText.Squeeze(Plain.Footer!), page, StringComparison.Ordinal);
        Assert.Contains(PrintedText.Squeeze(Plain.LegalFooter!), page, StringComparison.Ordinal);
    }

    private static void AssertNothingOverlaps(byte[] pdf)
    {
        foreach (var letters in PrintedText.LettersOf(pdf))
        {
            Assert.All(letters, letter => Assert.True(letter.StartBaseLine.X >= 40 && letter.EndBaseLine.X <= 555 && letter.StartBaseLine.Y is >= 25 and <= 815));
            var lines = letters.Where(letter => letter.Value != " ").GroupBy(letter => Math.Round(letter.StartBaseLine.Y, 1)).OrderBy(line => line.Key).ToList();
            Assert.All(lines, line => AssertApart([.. line]));
            Assert.All(lines.Zip(lines.Skip(1)).Where(pair => pair.Second.Key - pair.First.Key < 5), pair => AssertApart([.. pair.First, .. pair.Second]));
        }
    }

    private static void AssertApart(IEnumerable<Letter> letters)
    {
        var ordered = letters.OrderBy(letter => letter.StartBaseLine.X).ToList();
        Assert.DoesNotContain(ordered.Zip(ordered.Skip(1)), pair => pair.First.EndBaseLine.X > pair.Second.StartBaseLine.X + 0.5);
    }

    private static string Sum(InvoiceView invoice, string company) => PrintedText.Amount(invoice.Lines.Where(line => line.CompanyName == company).Sum(line => line.Amount), 2);
}
