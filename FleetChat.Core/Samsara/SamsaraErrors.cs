namespace FleetChat.Core.Samsara;

/// <summary>What is told to people who set up their Samsara.</summary>
public static class SamsaraErrors
{
    private const string TokenField = "$.samsara_config.api_token";

    public static readonly Error TokenRefused = Error.Invalid(
        "samsara.token_refused", "Samsara does not take this token. Copy it again, or make a new one in Samsara under Settings, API Tokens.", TokenField);

    public static readonly Error Unreachable = Error.Conflict(
        "samsara.unreachable", "Samsara gave no usable answer. Repeat the request in a minute: nothing is done twice.");

    public static Error ScopeMissing(IEnumerable<string> scopes) => Error.Invalid(
        "samsara.scope_missing", $"The token lacks {string.Join(", ", scopes)}. Add this to it in Samsara under Settings, API Tokens, then try again.", TokenField);
}
