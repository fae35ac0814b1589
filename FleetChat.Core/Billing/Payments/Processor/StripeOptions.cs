using System.ComponentModel.DataAnnotations;

namespace FleetChat.Core.Billing.Payments;

/// <summary>FleetChat's account at Stripe, one for all companies. Without a key companies pay by bank transfer alone. Bound from <c>FleetChat:Stripe</c>.</summary>
public sealed class StripeOptions : IValidatableObject
{
    public const string Section = "FleetChat:Stripe";

    /// <summary>The secret or restricted key; empty: cards and debits are not offered.</summary>
    [RegularExpression(@"[sr]k_(test|live)_\w+", ErrorMessage = "ApiKey is a secret or restricted key of Stripe, such as sk_live_…")]
    public string ApiKey { get; set; } = "";

    /// <summary>Signs the webhooks of FleetChat's endpoint at Stripe.</summary>
    public string WebhookSecret { get; set; } = "";

    /// <summary>The one before, while Stripe signs with both; empty: there is none.</summary>
    public string PreviousWebhookSecret { get; set; } = "";

    /// <summary>Where Stripe answers, or a simulator.</summary>
    [Required]
    public Uri BaseUrl { get; set; } = new("https://api.stripe.com");

    /// <summary>Seconds by which a webhook's signature may be old, or ahead of our clock.</summary>
    [Range(30, 3600)]
    public int WebhookToleranceSeconds { get; set; } = 300;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // The key goes with every call.
        if (!BaseUrl.IsAbsoluteUri || (BaseUrl.Scheme != Uri.UriSchemeHttps && !BaseUrl.IsLoopback))
            yield return new($"{Section}:BaseUrl has to begin with https, unless it is on this machine.", [nameof(BaseUrl)]);
        if (IsSetUp && WebhookSecret.Length < 16)
            yield return new($"{Section}:WebhookSecret is needed beside the key: without it nobody could tell Stripe's webhooks from others'.", [nameof(WebhookSecret)]);
        if (PreviousWebhookSecret.Length is > 0 and < 16)
            yield return new($"{Section}:PreviousWebhookSecret is too short to be a secret of Stripe. Leave it empty if there is none.", [nameof(PreviousWebhookSecret)]);
    }

    internal bool IsSetUp => ApiKey.Length > 0;

    internal IReadOnlyList<string> WebhookSecrets => PreviousWebhookSecret.Length > 0 ? [WebhookSecret, PreviousWebhookSecret] : [WebhookSecret];

    internal TimeSpan WebhookTolerance => TimeSpan.FromSeconds(WebhookToleranceSeconds);
}
