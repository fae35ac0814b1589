namespace FleetChat.Core.Samsara.Webhooks;

/// <param name="Secret">Base64; Samsara shows it whenever the webhook is read.</param>
public sealed record SamsaraWebhook(string Id, string Url, string? Secret, IReadOnlyList<string> EventTypes)
{
    public bool HasSecret => Secret is { Length: > 0 } secret && Convert.TryFromBase64String(secret, new byte[secret.Length], out _);

    /// <summary>Whether it can be adopted. Types are not changed: what lacks one is replaced.</summary>
    public bool IsUsable => HasSecret && SamsaraEvents.Wanted.All(EventTypes.Contains);

    // A record's own text would print the secret.
    public override string ToString() => Id;
}

public sealed record NewSamsaraWebhook(string Name, Uri Url, IReadOnlyList<string> EventTypes);
