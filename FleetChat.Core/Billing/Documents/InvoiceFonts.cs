using PdfSharp.Fonts;

namespace FleetChat.Core.Billing.Documents;

/// <summary>
/// The only fonts of FleetChat's PDFs, whatever the machine has: DejaVu Sans Condensed, which has Latin, Cyrillic, Greek, Hebrew and Arabic in both
/// weights. Its licence (Fonts/LICENSE.txt) lets a product carry it and lets documents embed it. Fonts/make_fonts.py says what is changed, and why.
/// </summary>
internal sealed class InvoiceFonts : IFontResolver
{
    public const string Family = "DejaVu Sans Condensed";

    private const string Regular = "DejaVuSansCondensed.ttf";
    private const string Bold = "DejaVuSansCondensed-Bold.ttf";

    // PDFsharp has one resolver for the process, and none may be set twice: a static constructor runs once, and before the first use.
    static InvoiceFonts() => GlobalFontSettings.FontResolver = new InvoiceFonts();

    private InvoiceFonts()
    {
    }

    /// <summary>For whoever is about to use fonts.</summary>
    public static void Register()
    {
    }

    public FontResolverInfo? ResolveTypeface(string familyName, bool bold, bool italic) => familyName == Family ? new(bold ? Bold : Regular) : null;

    public byte[] GetFont(string faceName)
    {
        using var font = typeof(InvoiceFonts).Assembly.GetManifestResourceStream(faceName) ?? throw new InvalidOperationException($"The font {faceName} is not in the assembly.");
        var bytes = new byte[font.Length];
        font.ReadExactly(bytes);
        return bytes;
    }
}
