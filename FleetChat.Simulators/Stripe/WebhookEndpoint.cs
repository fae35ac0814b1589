namespace FleetChat.Simulators.Stripe;

/// <summary>Where events are sent.</summary>
internal sealed class WebhookEndpoint(Uri url, string secret, IReadOnlyList<string>? types)
{
    private (string Secret, DateTimeOffset Until)? former;

    public Uri Url => url;

    public string Secret { get; private set; } = secret;

    public bool Wants(string type) => types?.Contains(type) ?? true;

    public void Rotate(string next, DateTimeOffset formerUntil) => (former, Secret) = ((Secret, formerUntil), next);

    /// <summary>Two while a secret is being replaced.</summary>
    public IReadOnlyList<string> Secrets(DateTimeOffset now) => former is { } old && now < old.Until ? [Secret, old.Secret] : [Secret];
}
