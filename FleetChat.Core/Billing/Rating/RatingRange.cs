using System.Text.RegularExpressions;

namespace FleetChat.Core.Billing.Rating;

/// <summary>How far prices and counts may go, so that every amount fits a long: the most drivers at the highest price are 10^16 minor units, the most messages 10^17.</summary>
internal static partial class RatingRange
{
    public const long Drivers = 10_000_000;
    public const long Messages = 100_000_000_000;

    /// <summary>Minor units a driver and month.</summary>
    public const decimal PricePerDriver = 1_000_000_000m;

    /// <summary>Minor units a message.</summary>
    public const decimal PricePerMessage = 1_000_000m;

    /// <summary>Minor units, of a minimum and of an adjustment.</summary>
    public const long Amount = 10_000_000_000_000_000;

    public const int PriceDecimals = 6;
    public const int PercentDecimals = 4;

    /// <summary>As whole numbers, percentages are these parts of one percent.</summary>
    public const decimal PercentUnits = 10_000m;

    public static string? FindPriceFault(decimal? price, decimal highest) => price switch
    {
        null => null,
        < 0 => "price_negative",
        _ when price > highest => "price_too_high",
        _ when decimal.Round(price.Value, PriceDecimals) != price => "price_too_fine",
        _ => null,
    };

    public static string? FindPercentFault(decimal percent) => percent switch
    {
        < 0 or > 100 => "percent_out_of_range",
        _ when decimal.Round(percent, PercentDecimals) != percent => "percent_too_fine",
        _ => null,
    };

    public static string? FindIncludedFault(long? messages) => messages switch
    {
        < 0 => "included_negative",
        > Messages => "included_too_high",
        _ => null,
    };

    public static string? FindBracketsFault(IReadOnlyList<VolumeBracket>? brackets)
    {
        if (brackets is null) return null;
        // Read from JSON, each of them may be null.
        if (brackets.Any(bracket => bracket is null)) return "bracket_missing";
        for (var i = 1; i < brackets.Count; i++)
        {
            if (brackets[i].Above <= brackets[i - 1].Above) return "brackets_not_ascending";
        }
        return brackets.Select(bracket => bracket.FindFault()).FirstOrDefault(fault => fault is not null);
    }

    public static bool IsCurrency(string currency) => ThreeCapitals().IsMatch(currency);

    [GeneratedRegex("^[A-Z]{3}\\z")]
    private static partial Regex ThreeCapitals();
}
