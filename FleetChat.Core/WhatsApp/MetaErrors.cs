using System.Text.Json;

namespace FleetChat.Core.WhatsApp;

/// <summary>What Meta's error codes mean for us.</summary>
/// <remarks>Source: Meta's error code page. The HTTP status is no guide: the same code comes with different ones.</remarks>
public static class MetaErrors
{
    /// <summary>More than 24 hours since the user's last message: only a template may be sent.</summary>
    public const int OutsideWindow = 131047;

    /// <param name="error">The <c>error</c> object, for what the code alone does not say.</param>
    public static WhatsAppFailure Classify(int code, JsonElement? error) => code switch
    {
        // Limits of app, account, number, pair and portfolio; trouble and maintenance on their side.
        1 or 2 or 4 or 17 or 613 or 80007 or 130429 or 131000 or 131016 or 131056 or 131057 or 131064 or 132069 or 133004 => WhatsAppFailure.Transient,
        // A token that ran out is mended by people; until then the message waits.
        190 => WhatsAppFailure.Transient,
        0 => WhatsAppFailure.Unknown,
        _ => error.Member("is_transient") is { ValueKind: JsonValueKind.True } ? WhatsAppFailure.Transient : WhatsAppFailure.Permanent,
    };
}
