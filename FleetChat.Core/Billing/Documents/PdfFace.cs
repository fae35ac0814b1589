using System.Globalization;
using System.Text;
using PdfSharp.Drawing;
using PdfSharp.Fonts;
using PdfSharp.Pdf;

namespace FleetChat.Core.Billing.Documents;

/// <summary>A font in one size, for one document.</summary>
internal sealed class PdfFace
{
    private const char Unknown = '\uFFFD';

    private readonly Dictionary<int, double> _widths = [];
    private readonly XGraphics _measure;
    private readonly bool _isBold;

    /// <param name="size">Points.</param>
    public PdfFace(XGraphics measure, double size, bool isBold)
    {
        (_measure, _isBold, Size) = (measure, isBold, size);
        Font = new(InvoiceFonts.Family, size, isBold ? XFontStyleEx.Bold : XFontStyleEx.Regular, new(PdfFontEncoding.Unicode));
    }

    public XFont Font { get; }

    public double Size { get; }

    public double LineHeight => Size * 1.35;

    /// <summary>The same, smaller if the text is wider than there is room for.</summary>
    public PdfFace FitTo(string text, double width) => WidthOf(text) is var wanted && wanted > width ? new(_measure, Size * width / wanted, _isBold) : this;

    /// <summary>Without kerning, as PDFsharp draws: so it is the sum of the letters'.</summary>
    public double WidthOf(string text) => text.EnumerateRunes().Sum(WidthOf);

    private double WidthOf(Rune rune)
    {
        if (!_widths.TryGetValue(rune.Value, out var width)) _widths[rune.Value] = width = _measure.MeasureString(rune.ToString(), Font).Width;
        return width;
    }

    /// <summary>
    /// The text as this font can show it: Arabic in its joined forms, what would only steer other programs left out, and a question mark for
    /// what the font has no picture of (also for all beyond the first 65,536 characters: PDFsharp writes no way back to those).
    /// </summary>
    public string Prepare(string text)
    {
        var whole = string.Concat(text.EnumerateRunes()).Normalize(NormalizationForm.FormC);
        var shown = new StringBuilder(whole.Length);
        foreach (var rune in ArabicForms.Shape(whole).EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune)) shown.Append(' ');
            else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format) shown.Append(rune.IsBmp && Has(rune) ? (char)rune.Value : Unknown);
        }
        return shown.ToString().Trim();
    }

    private bool Has(Rune rune) => GlyphHelper.GlyphIndexFromCodePoint(rune.Value, Font) != 0;
}
