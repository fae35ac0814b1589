using System.Text.Json;

namespace FleetChat.Core.WhatsApp;

/// <summary>What Meta's error codes mean for us.</summary>
/// <remarks>Source: Meta's error code page. The HTTP status is no guide: the same code comes with different ones.</remarks>
public static class MetaErrors
{
    /// <summary>So many messages were found unwanted that the number has to be quiet for a while.</summary>
    public const int SpamLimit = 131048;

    /// <param name="code">Null: the answer has none.</param>
    /// <param name="error">The <c>error</c> object, for what the code alone does not say.</param>
    public static WhatsAppFailure Classify(int? code, JsonElement? error) => code switch
    {
        null => WhatsAppFailure.Unknown,
        // The token ran out or may not do this; account or number locked, unpaid, unregistered or without its name approved.
        // The next message would be refused the same way.
        0 or 190 or 3 or 10 or (>= 200 and <= 299) or 368 or 131005 or 131031 or 131037 or 131042 or 131044 or 131045 or 133010 or SpamLimit => WhatsAppFailure.Blocked,
        // Limits of app, account, number, pair and portfolio; trouble and maintenance on their side.
        1 or 2 or 4 or 17 or 613 or 80007 or 130429 or 131000 or 131016 or 131056 or 131057 or 131064 or 132069 or 133004 => WhatsAppFailure.Transient,
        _ => error.Member("is_transient") is { ValueKind: JsonValueKind.True } ? WhatsAppFailure.Transient : WhatsAppFailure.Permanent,
    };
}
