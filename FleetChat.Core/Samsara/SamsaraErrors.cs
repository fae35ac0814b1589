namespace FleetChat.Core.Samsara;

/// <summary>What is told to people who set up their Samsara.</summary>
public static class SamsaraErrors
{
    internal const string WebhookScopes = "Read Webhooks, Write Webhooks";
    private const string TokenField = "$.samsara_config.api_token";

    public static readonly Error TokenRefused = Error.Invalid(
        "samsara.token_refused", "Samsara does not take this token. Copy it again, or make a new one in Samsara under Settings, API Tokens.", TokenField);

    public static readonly Error Unreachable = Error.Unavailable(
        "samsara.unreachable", "Samsara gave no usable answer. Repeat the request in a minute: nothing is done twice.");

    public static readonly Error NoToken = Error.Conflict("samsara.no_token", "The company has given no Samsara token. Enter one first: $.samsara_config.api_token.");

    public static readonly Error WebhookBusy = Error.Conflict("samsara.webhook_busy", "The company's webhook was set up and taken away at the same moment. Repeat the request.");

    public static readonly Error RefusedBySamsara = Error.Conflict("samsara.refused", "Samsara refused this for good. Ask FleetChat's support to look at it.");

    /// <param name="scopes">That the call needs.</param>
    public static Error Of(SamsaraException exception, string scopes) => exception.Failure switch
    {
        SamsaraFailure.Refused => ScopeMissing([scopes]),
        SamsaraFailure.Invalid => RefusedBySamsara,
        _ => Unreachable,
    };

    public static Error ScopeMissing(IEnumerable<string> scopes) => Error.Invalid(
        "samsara.scope_missing", $"The token lacks {string.Join(", ", scopes)}. Add this to it in Samsara under Settings, API Tokens, then try again.", TokenField);
}
