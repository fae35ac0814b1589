using PhoneNumbers;
using CountrySource = PhoneNumbers.PhoneNumber.Types.CountryCodeSource;

namespace FleetChat.Core.Drivers;

/// <summary>Why a number of the roster is not to be trusted. Part of the API.</summary>
public static class PhoneFlags
{
    /// <summary>Written without a country, and no number of the company's own.</summary>
    public const string NoCountry = "no_country";

    public const string NotPossible = "not_possible";

    /// <summary>It can be read in two ways, or leads to more than one phone.</summary>
    public const string Ambiguous = "ambiguous";
}

/// <summary>What a roster's entry says, as people write it: Samsara checks nothing.</summary>
/// <param name="Number">The likeliest reading; null if there is none.</param>
/// <param name="Flag">One of <see cref="PhoneFlags"/>; null if there is no doubt. With doubt nobody is taken to have agreed to anything: it may be a stranger's phone.</param>
public readonly record struct PhoneReading(PhoneNumber? Number, string? Flag)
{
    private const int LongestText = 50;

    private static readonly PhoneReading NotPossible = new(null, PhoneFlags.NotPossible);

    /// <param name="country">ISO country that numbers without a country code are read in: the company's.</param>
    public static PhoneReading Of(string text, string country)
    {
        if (text.Length > LongestText || TryParse(text, country) is not { } local) return NotPossible;
        if (local.HasExtension) return new(PhoneNumber.Of(local), PhoneFlags.Ambiguous);

        var util = PhoneNumberUtil.GetInstance();
        var isPossible = util.IsPossibleNumber(local);
        // Somebody wrote the country: new ranges of numbers come faster than new versions of the library, so possible is enough.
        if (local.CountryCodeSource is CountrySource.FROM_NUMBER_WITH_PLUS_SIGN or CountrySource.FROM_NUMBER_WITH_IDD)
            return isPossible ? new(PhoneNumber.Of(local), null) : NotPossible;
        if (util.IsValidNumber(local)) return new(PhoneNumber.Of(local), null);

        var abroad = TryParse($"+{text.Trim()}", country) is { } parsed && util.IsValidNumber(parsed) ? parsed : null;
        return (isPossible, abroad) switch
        {
            (true, not null) => new(PhoneNumber.Of(local), PhoneFlags.Ambiguous),
            (true, null) => new(PhoneNumber.Of(local), PhoneFlags.NoCountry),
            (false, not null) => new(PhoneNumber.Of(abroad), PhoneFlags.NoCountry),
            _ => NotPossible,
        };
    }

    private static PhoneNumbers.PhoneNumber? TryParse(string text, string country)
    {
        try
        {
            return PhoneNumberUtil.GetInstance().ParseAndKeepRawInput(text, country);
        }
        catch (NumberParseException)
        {
            return null;
        }
    }
}
