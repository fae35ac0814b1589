using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace FleetChat.Core.WhatsApp;

/// <summary>How Meta tells how many people a business may reach in 24 hours: a number, or <c>TIER_250</c>, <c>TIER_2K</c>, <c>TIER_UNLIMITED</c>.</summary>
public static partial class MessagingTier
{
    private const string Unlimited = "TIER_UNLIMITED";

    /// <param name="limit">Null: none.</param>
    /// <returns>False if it says nothing that we know.</returns>
    public static bool TryRead(JsonElement? told, out int? limit)
    {
        limit = null;
        switch (told)
        {
            case { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var most) && most >= 0:
                limit = most;
                return true;
            case { ValueKind: JsonValueKind.String } text when text.GetString() == Unlimited:
                return true;
            case { ValueKind: JsonValueKind.String } text when Tier().Match(text.GetString()!) is { Success: true } tier:
                limit = int.Parse(tier.Groups[1].Value, CultureInfo.InvariantCulture) * (tier.Groups[2].Success ? 1000 : 1);
                return true;
            default:
                return false;
        }
    }

    [GeneratedRegex(@"^(?:TIER_)?(\d{1,6})(K)?$")]
    private static partial Regex Tier();
}
