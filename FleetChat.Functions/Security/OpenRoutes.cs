using FleetChat.Functions.Billing;
using FleetChat.Functions.Monitoring;

namespace FleetChat.Functions.Security;

/// <summary>The HTTP functions that need no API key. None of them touches a tenant's data.</summary>
public static class OpenRoutes
{
    public static readonly IReadOnlySet<string> Names = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        nameof(HealthApi.HealthLive),
        nameof(HealthApi.HealthReady),
        nameof(OpenApiDocument.GetOpenApi),
        nameof(OpenApiDocument.GetApiPage),
        nameof(PaymentLinkApi.GetPaymentEnd),
    };
}
