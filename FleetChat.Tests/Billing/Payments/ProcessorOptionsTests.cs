using System.ComponentModel.DataAnnotations;
using FleetChat.Core.Billing.Payments;

namespace FleetChat.Tests.Billing.Payments;

public sealed class ProcessorOptionsTests
{
    [Theory]
    [InlineData("sk_live_abc", "whsec_1234567890", "", "https://api.stripe.com", 300, null)]
    [InlineData("rk_test_abc", "whsec_1234567890", "whsec_0987654321", "http://127.0.0.1:7075", 300, null)]
    [InlineData("", "", "", "https://api.stripe.com", 300, null)]
    [InlineData("pk_live_abc", "whsec_1234567890", "", "https://api.stripe.com", 300, "ApiKey")]
    [InlineData("sk_live_abc", "", "", "https://api.stripe.com", 300, "WebhookSecret")]
    [InlineData("sk_live_abc", "whsec_1234567890", "short", "https://api.stripe.com", 300, "PreviousWebhookSecret")]
    [InlineData("sk_live_abc", "whsec_1234567890", "", "http://api.stripe.com", 300, "BaseUrl")]
    [InlineData("sk_live_abc", "whsec_1234567890", "", "api.stripe.com", 300, "BaseUrl")]
    [InlineData("sk_live_abc", "whsec_1234567890", "", "https://api.stripe.com", 5, "WebhookToleranceSeconds")]
    public void A_setting_that_cant_be_meant_is_named(string apiKey, string secret, string previous, string address, int tolerance, string? wrong)
    {
        StripeOptions options = new()
        {
            ApiKey = apiKey, WebhookSecret = secret, PreviousWebhookSecret = previous, BaseUrl = new(address, UriKind.RelativeOrAbsolute), WebhookToleranceSeconds = tolerance,
        };
        List<ValidationResult> results = [];

        Validator.TryValidateObject(options, new(options), results, validateAllProperties: true);

        Assert.Equal(wrong is null ? [] : [wrong], results.SelectMany(result => result.MemberNames));
    }
}
