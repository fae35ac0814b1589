using System.Globalization;
using FleetChat.Core.Billing.Documents;

namespace FleetChat.Tests.Billing.Documents;

public sealed class DocumentPartTests
{
    [Theory]
    [InlineData(123_450, "USD", "1,234.50 USD")]
    [InlineData(-5, "EUR", "-0.05 EUR")]
    [InlineData(0, "EUR", "0.00 EUR")]
    [InlineData(1_234, "JPY", "1,234 JPY")]
    [InlineData(-999, "KRW", "-999 KRW")]
    [InlineData(1_234_567, "KWD", "1,234.567 KWD")]
    [InlineData(7, "TND", "0.007 TND")]
    [InlineData(long.MinValue, "USD", "-92,233,720,368,547,758.08 USD")]
    [InlineData(long.MaxValue, "JPY", "9,223,372,036,854,775,807 JPY")]
    public void Money_is_written_with_its_currencys_decimals(long amount, string currency, string text) => Assert.Equal(text, MoneyText.Write(amount, currency));

    [Theory]
    [InlineData("900", "USD", "9.00")]
    [InlineData("0.5", "USD", "0.005")]
    [InlineData("123456.789012", "EUR", "1,234.56789012")]
    [InlineData("900", "JPY", "900")]
    [InlineData("0.25", "JPY", "0.25")]
    [InlineData("0.125", "BHD", "0.000125")]
    public void A_price_keeps_its_fractions(string price, string currency, string text)
        => Assert.Equal(text, MoneyText.Price(decimal.Parse(price, CultureInfo.InvariantCulture), currency));

    [Theory]
    [InlineData("#1a5fb4", "#1a5fb4")]
    [InlineData("#0B6E4F", "#0b6e4f")]
    [InlineData("#ffff00", "#1f3a5f")]
    [InlineData("#ffffff", "#1f3a5f")]
    [InlineData("#12345", "#1f3a5f")]
    [InlineData("#12345g", "#1f3a5f")]
    [InlineData("#+1a5fb", "#1f3a5f")]
    [InlineData("# 1a5fb", "#1f3a5f")]
    [InlineData("red;}</style>", "#1f3a5f")]
    [InlineData("", "#1f3a5f")]
    [InlineData(null, "#1f3a5f")]
    public void A_color_is_taken_if_it_can_be_read_on_white(string? given, string used) => Assert.Equal(used, BrandColor.Of(given).ToString());

    [Theory]
    [InlineData("2026-06-01", "2026-06-14", "1 to 14 June 2026")]
    [InlineData("2026-06-14", "2026-06-14", "14 June 2026")]
    [InlineData("2026-06-28", "2026-07-03", "28 June to 3 July 2026")]
    [InlineData("2026-12-31", "2027-01-01", "31 December 2026 to 1 January 2027")]
    public void Days_are_written_in_words(string from, string until, string text)
        => Assert.Equal(text, DayText.Of(DateOnly.Parse(from, CultureInfo.InvariantCulture), DateOnly.Parse(until, CultureInfo.InvariantCulture)));

    /// <summary>Capitals stand for Hebrew letters, as in the Unicode algorithm's own examples.</summary>
    [Theory]
    [InlineData("car means CAR.", "car means RAC.")]
    [InlineData("CAR IS 12,5 METERS", "SRETEM 12,5 SI RAC")]
    [InlineData("CAR (abc) 7", "7 (abc) RAC")]
    [InlineData("(CAR) abc", "abc (RAC)")]
    [InlineData("abc (CAR) 7", "abc (RAC) 7")]
    [InlineData("CAR (abc DEF) x", "x (FED abc) RAC")]
    [InlineData("CAR) abc (", ") abc (RAC")]
    [InlineData("abc CAR 12 END x", "abc DNE 12 RAC x")]
    [InlineData("only left 12", "only left 12")]
    [InlineData("", "")]
    public void Pieces_of_a_line_stand_where_they_are_seen(string written, string seen)
    {
        var line = string.Concat(written.Select(letter => char.IsAsciiLetterUpper(letter) ? (char)('א' + letter - 'A') : letter));

        var pieces = BidiLine.Split(line, BidiLine.IsRightToLeft(line));

        var shown = string.Concat(pieces.OrderBy(piece => piece.Order).Select(piece => piece.Text)).Select(letter => letter is >= 'א' and <= 'ת' ? (char)('A' + letter - 'א') : letter);
        Assert.Equal(seen, string.Concat(shown));
    }

    [Theory]
    [InlineData("بيت", "\uFE91\uFEF4\uFE96")]
    [InlineData("دار", "\uFEA9\uFE8D\uFEAD")]
    [InlineData("لا", "\uFEFB")]
    [InlineData("بلا", "\uFE91\uFEFC")]
    [InlineData("پارس", "\uFB58\uFE8E\uFEAD\uFEB1")]
    [InlineData("بـ", "\uFE91\u0640")]
    [InlineData("بّب", "\uFE91\u0651\uFE90")]
    [InlineData("ماء", "\uFEE3\uFE8E\uFE80")]
    [InlineData("Latin שלום", "Latin שלום")]
    public void Arabic_letters_take_the_form_of_their_place(string written, string shaped) => Assert.Equal(shaped, ArabicForms.Shape(written));

    [Fact]
    public void A_logo_is_known_by_its_bytes()
    {
        Assert.Equal(("image/png", 64, 16), InvoiceLogo.Find(Pictures.Png) is { } png ? (png.MediaType, png.Width, png.Height) : default);
        Assert.Equal(("image/jpeg", 16, 8), InvoiceLogo.Find(Pictures.Jpeg) is { } jpeg ? (jpeg.MediaType, jpeg.Width, jpeg.Height) : default);
    }

    [Fact]
    public void A_logo_that_says_less_than_it_unpacks_to_is_none()
    {
        Assert.Null(InvoiceLogo.Find(Pictures.PngOf(64, 16, new byte[50_000_000])));
        Assert.Null(InvoiceLogo.Find(Pictures.PngOf(100_000, 100_000, new byte[100])));
        Assert.Null(InvoiceLogo.Find(Pictures.PngOf(-64, 16, new byte[100])));
        Assert.Null(InvoiceLogo.Find([.. Pictures.Png, .. new byte[1 << 20]]));
        Assert.Null(InvoiceLogo.Find(null));
    }
}
