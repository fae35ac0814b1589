namespace FleetChat.Core.Tenants.Configuration;

/// <summary>What may be known of a secret that somebody gave. Kept as JSON by the secret's name: names never change.</summary>
internal sealed record SecretNote(DateTimeOffset At, string By, string? LastFour)
{
    public const string SamsaraApiToken = "samsara_api_token";
    public const string SamsaraWebhookSecret = "samsara_webhook_secret";
    public const string WhatsAppAccessToken = "whatsapp_access_token";

    /// <summary>Of a shorter secret four characters would be too much.</summary>
    private const int ShortestShown = 16;

    public static SecretNote Of(string secret, string by, DateTimeOffset at) => new(at, by, secret.Length >= ShortestShown ? secret[^4..] : null);

    public static SecretView View(IReadOnlyDictionary<string, SecretNote> notes, string secret, bool isSet)
        => isSet && notes.GetValueOrDefault(secret) is { } note ? new(true, note.At, note.By, note.LastFour) : new(isSet);
}
