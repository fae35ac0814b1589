using System.Globalization;

namespace FleetChat.Core.Billing.Documents;

/// <summary>The color of an invoice's titles and rules: the company's own, if it can be read on white paper.</summary>
internal readonly record struct BrandColor(byte Red, byte Green, byte Blue)
{
    public static readonly BrandColor Default = new(0x1F, 0x3A, 0x5F);

    /// <summary>What WCAG 2 asks for text (AA).</summary>
    private const double LeastContrast = 4.5;

    /// <param name="color">Such as <c>#1a5fb4</c>; whatever else it is, the default color comes.</param>
    public static BrandColor Of(string? color)
    {
        if (color is not ['#', ..] || color.Length != 7 || !int.TryParse(color.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var rgb)) return Default;
        var given = new BrandColor((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb);
        return given.ContrastToWhite >= LeastContrast ? given : Default;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{Red:x2}{Green:x2}{Blue:x2}");

    private double ContrastToWhite => 1.05 / (0.2126 * Linear(Red) + 0.7152 * Linear(Green) + 0.0722 * Linear(Blue) + 0.05);

    private static double Linear(byte part) => part / 255.0 is var share && share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
}
