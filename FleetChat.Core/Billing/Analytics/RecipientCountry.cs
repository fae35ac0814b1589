using FleetChat.Core.Drivers;
using PhoneNumbers;

namespace FleetChat.Core.Billing.Analytics;

/// <summary>The country by which Meta prices a message.</summary>
internal static class RecipientCountry
{
    // Of satellite phones and the like, which are of no country.
    private const string Nowhere = "001";

    /// <param name="identityKind">One of <see cref="ChatIdentity"/>'s.</param>
    /// <param name="identity">A phone in E.164; empty once it is forgotten.</param>
    /// <returns>Null: it is no phone, or of a range that the library does not know.</returns>
    public static string? Find(string identityKind, string identity)
    {
        if (identityKind != ChatIdentity.Phone || identity.Length == 0) return null;
        try
        {
            var util = PhoneNumberUtil.GetInstance();
            return util.GetRegionCodeForNumber(util.Parse(identity, null)) is { Length: > 0 } region and not Nowhere ? region : null;
        }
        catch (NumberParseException)
        {
            return null;
        }
    }
}
